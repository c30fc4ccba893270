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
enum ExamResult: Hashable, Sendable {
    case passed
    case failed([Violation])
    /// Why there was no exam.
    case notExamined(String)
}

/// Puts a plug-in to the exam of its kind, with the options that `lookup` finds.
struct PluginExamination {
    var registration: PluginRegistration
    /// What a partitioner claims beyond its kind's promises; nil for what it says of itself.
    var claims: PartitionerExam.Claims?
    var lookup: ConfigLookup

    var result: ExamResult {
        let violations: [Violation]
        switch registration.kind {
        case .partitioner:
            let claims = claims ?? Self.claims(of: try? registration.instance(lookup))
            violations = PartitionerExam(claims) { try registration.instance(lookup) }.violations
        case .cleanupPolicy: violations = CleanupPolicyExam { try registration.instance(lookup) }.violations
        case .codec: violations = CodecExam { try registration.instance(lookup) }.violations
        case .authorizer:
            let isOpen = (try? registration.instance(of: (any Authorizer).self, lookup))?.allowsEverything == true
            violations =
                isOpen
                ? AuthorizerExam(stranger: nil) { try registration.instance(lookup) }.violations
                : AuthorizerExam { try registration.instance(lookup) }.violations
        case .storage: violations = storageViolations
        case .recordInterceptor: violations = RecordInterceptorExam { try registration.instance(lookup) }.violations
        }
        return violations.isEmpty ? .passed : .failed(violations)
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
