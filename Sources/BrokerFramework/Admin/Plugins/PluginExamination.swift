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
        switch registration.factory {
        case .partitioner(let make):
            let claims = claims ?? Self.claims(of: try? make(lookup))
            violations = PartitionerExam(claims) { try make(lookup) }.violations
        case .cleanupPolicy(let make): violations = CleanupPolicyExam { try make(lookup) }.violations
        case .codec(let make): violations = CodecExam { try make(lookup) }.violations
        case .authorizer(let make):
            let isOpen = (try? make(lookup))?.allowsEverything == true
            violations =
                isOpen
                ? AuthorizerExam(stranger: nil) { try make(lookup) }.violations
                : AuthorizerExam { try make(lookup) }.violations
        case .storage(let make): violations = storageViolations(make)
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

    /// The exam wants an empty place, which is removed afterwards.
    private func storageViolations(_ make: PluginRegistration.Maker<any StorageProvider>) -> [Violation] {
        let place = FileStorageBackend(root: Terminal.variable("TMPDIR") ?? "/tmp")
        let name = "broker-plugins-check-\(getpid())-\(registration.name)"
        defer { try? place.remove(name) }
        do {
            return StorageExam(try make(lookup).open("\(place.root)/\(name)")).violations
        } catch { return [Violation("an empty backend can be opened", "\(error)")] }
    }
}
