internal import BrokerModel
public import BrokerPluginAPI
internal import NIOCore

/// Whether a partitioner keeps what ``BrokerPluginAPI/Partitioner`` promises.
public struct PartitionerExam {
    /// What the partitioner under exam claims beyond the protocol.
    public struct Claims: OptionSet, Sendable {
        public let rawValue: Int
        public init(rawValue: Int) { self.rawValue = rawValue }

        /// A key has one partition, whoever asks, as long as their number stays.
        public static let keysStay = Claims(rawValue: 1)
        /// Many different keys use the partitions they may use about equally.
        public static let spreads = Claims(rawValue: 2)
    }

    private let make: () throws -> any Partitioner
    private let claims: Claims

    /// - Parameters:
    ///   - claims: what it claims; a round-robin partitioner does not keep keys where they are, for example.
    ///   - make: makes an instance; called several times.
    public init(_ claims: Claims = [.keysStay, .spreads], _ make: @escaping () throws -> any Partitioner) {
        self.claims = claims
        self.make = make
    }

    /// What is broken; empty if it passes. The same in every run. Takes less than a second.
    public var violations: [Violation] {
        var findings = Findings()
        do {
            try range(&findings)
            if claims.contains(.keysStay) { try stability(&findings) }
            if claims.contains(.spreads) { try distribution(&findings) }
            try explanation(&findings)
        } catch { findings.expect("an instance can be made", false, "\(error)") }
        return findings.violations
    }

    private static let counts: [PartitionIndex] = [1, 2, 3, 5, 8, 64, 1000, 100_000]

    /// No key, an empty one, short and long ones, and bytes that are no text.
    private static let keys: [ByteBuffer?] =
        [nil, ByteBuffer(), ByteBuffer(string: "a"), ByteBuffer(bytes: [0xff, 0x00, 0xc3, 0x28])]
        + [1 << 10, 1 << 16].map { ByteBuffer(repeating: 0x61, count: $0) } + ordinaryKeys(30)

    private static func ordinaryKeys(_ count: Int) -> [ByteBuffer] {
        (0..<count).map { ByteBuffer(string: "key-\($0)") }
    }

    private func record(
        _ key: ByteBuffer?, _ count: PartitionIndex, value: ByteBuffer? = ByteBuffer(string: "value"),
        available: [PartitionIndex]? = nil
    ) -> PartitionerContext {
        PartitionerContext(
            topic: "exam", key: key, value: value, partitionCount: count,
            availablePartitions: available ?? Array(0..<min(count, 50)))
    }

    private func range(_ findings: inout Findings) throws {
        let partitioner = try make()
        for count in Self.counts {
            for key in Self.keys {
                for available in [nil, [], [count - 1]] as [[PartitionIndex]?] {
                    for value in [ByteBuffer(string: "value"), nil] {
                        let chosen = partitioner.partition(
                            for: record(key, count, value: value, available: available))
                        findings.expect(
                            "the partition is one of the topic's", (0..<count).contains(chosen),
                            "\(chosen) of \(count) for \(describe(key))")
                    }
                }
            }
        }
    }

    private func stability(_ findings: inout Findings) throws {
        let (one, other) = (try make(), try make())
        for count in Self.counts {
            for key in Self.keys where key != nil {
                let chosen = one.partition(for: record(key, count))
                let again = one.partition(for: record(key, count, value: ByteBuffer(string: "another")))
                let elsewhere = other.partition(for: record(key, count, available: [0]))
                findings.expect(
                    "a key keeps its partition, whatever the value, the instance and the leaders",
                    chosen == again && chosen == elsewhere,
                    "\(describe(key)) of \(count): \(chosen), then \(again), elsewhere \(elsewhere)")
            }
        }
    }

    private func distribution(_ findings: inout Findings) throws {
        let partitioner = try make()
        var counts: [PartitionIndex: Int] = [:]
        for key in Self.ordinaryKeys(10_000) { counts[partitioner.partition(for: record(key, 10)), default: 0] += 1 }
        let mean = 10_000 / max(1, counts.count)
        findings.expect("keys use more than one of ten partitions", counts.count > 1, "only \(counts.keys.sorted())")
        findings.expect(
            "keys use the partitions equally", counts.values.allSatisfy { (mean / 2...mean * 2).contains($0) },
            "\(counts.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }) of 10,000 keys")
    }

    private func explanation(_ findings: inout Findings) throws {
        guard let partitioner = try make() as? any ExplainablePartitioner else { return }
        for count in Self.counts {
            for key in Self.keys {
                let route = partitioner.explain(record(key, count))
                let chosen = partitioner.partition(for: record(key, count))
                findings.expect(
                    "the explanation names partitions of the topic",
                    !route.partitions.isEmpty && route.partitions.clamped(to: 0..<count) == route.partitions,
                    "\(route.partitions) of \(count) for \(describe(key))")
                findings.expect(
                    "what is chosen is among what is explained", route.partitions.contains(chosen),
                    "\(chosen) is not in \(route.partitions) for \(describe(key))")
                findings.expect(
                    "an explanation remembers nothing", partitioner.explain(record(key, count)) == route,
                    "\(describe(key)) of \(count) is explained in two ways")
                findings.expect("an explanation has a reason", !route.reason.isEmpty, "none for \(describe(key))")
            }
        }
    }

    private func describe(_ key: ByteBuffer?) -> String {
        guard let key else { return "no key" }
        return key.readableBytes > 20 ? "a key of \(key.readableBytes) bytes" : "the key '\(String(buffer: key))'"
    }
}
