internal import BrokerPluginAPI
internal import BrokerPluginTesting
internal import FileStorage

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// How a plug-in did in the exam of its kind.
struct ExamResult: Hashable, Sendable {
    /// What it was held to, as sentences; empty where there was no exam.
    var promises: [String] = []
    var violations: [Violation] = []
    /// Why there was no exam.
    var omission: String?

    /// The promises that were not broken.
    var kept: [String] { promises.filter { promise in !violations.contains { $0.promise == promise } } }
}

/// Puts a plug-in to the exam of its kind, with the options that `lookup` finds.
struct PluginExamination {
    var registration: PluginRegistration
    /// What a partitioner claims beyond its kind's promises; nil for what it says of itself.
    var claims: PartitionerExam.Claims?
    /// What a codec claims; nil for what its format can notice.
    var codecClaims: CodecExam.Claims?
    var lookup: ConfigLookup

    var result: ExamResult {
        let transcript = ExamTranscript()
        let violations = transcript.recording { self.violations }
        return ExamResult(promises: transcript.promises, violations: violations)
    }

    private var violations: [Violation] {
        switch registration.kind {
        case .partitioner:
            let claims = claims ?? Self.claims(of: try? registration.instance(lookup))
            return PartitionerExam(claims) { try registration.instance(lookup) }.violations
        case .cleanupPolicy: return CleanupPolicyExam { try registration.instance(lookup) }.violations
        case .codec: return CodecExam(codecClaims) { try registration.instance(lookup) }.violations
        case .authorizer:
            let authorizer: (any Authorizer)? = try? registration.instance(lookup)
            return authorizer?.allowsEverything == true
                ? AuthorizerExam(stranger: nil) { try registration.instance(lookup) }.violations
                : AuthorizerExam { try registration.instance(lookup) }.violations
        case .storage: return storageViolations
        case .recordInterceptor: return RecordInterceptorExam { try registration.instance(lookup) }.violations
        case .principalBuilder: return PrincipalBuilderExam { try registration.instance(lookup) }.violations
        case .topicPolicy: return TopicPolicyExam { try registration.instance(lookup) }.violations
        // What a placer claims beyond its kind's promises is its author's business.
        case .replicaPlacer: return PlacementExam([]) { try registration.instance(lookup) }.violations
        case .quotaPolicy: return QuotaPolicyExam { try registration.instance(lookup) }.violations
        }
    }

    /// One that says of every key to which partition it belongs, claims that the key stays there.
    private static func claims(of partitioner: (any Partitioner)?) -> PartitionerExam.Claims {
        guard let partitioner = partitioner as? any ExplainablePartitioner else { return [] }
        let isDecided = (0..<20).allSatisfy { number in
            let record = PartitionerContext(
                topic: "exam", key: ByteBuffer(string: "key-\(number)"), value: nil, partitionCount: 10,
                availablePartitions: Array(0..<10))
            return partitioner.explain(record).partitions.count == 1
        }
        return isDecided ? .keysStay : []
    }

    /// The exams want empty places, which are removed afterwards.
    private var storageViolations: [Violation] {
        let place = FileStorageBackend(root: Terminal.variable("TMPDIR") ?? "/tmp")
        let name = "broker-plugins-check-\(getpid())-\(registration.name)"
        defer { try? place.remove(name) }
        do {
            let provider = try registration.instance(of: (any StorageProvider).self, lookup)
            let violations = StorageExam(try provider.open("\(place.root)/\(name)")).violations
            guard provider.isPersistent else { return violations }
            var count = 0
            defer { try? place.remove("\(name)-\(count)") }
            let crashes = StorageCrashExam {
                try place.remove("\(name)-\(count)")
                count += 1
                let path = "\(place.root)/\(name)-\(count)"
                return .init(try provider.open(path)) { _ in try provider.open(path) }
            }
            return violations + crashes.violations
        } catch { return [Violation("an empty backend can be opened", "\(error)")] }
    }
}
