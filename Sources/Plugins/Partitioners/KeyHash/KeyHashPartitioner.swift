public import BrokerModel
public import BrokerPluginAPI
internal import NIOCore

/// Chooses by the key's hash, as Kafka's Java client does; sticks to a partition for a while where there is no key.
public struct KeyHashPartitioner: ExplainablePartitioner, Plugin {
    public static let name = "key-hash"
    public static let summary = "The same key goes to the same partition; records without a key are spread."

    public struct Configuration: PluginConfiguration {
        public var hash = KeyHash.murmur2
        public var stickyBytes = ByteCount(16_384)

        public init() {}

        public static let schema = PluginSchema<Configuration> {
            ConfigKey(
                "hash", \.hash,
                "How a key becomes a partition: 'murmur2' as in the Java client, 'crc32' as in librdkafka's default, "
                    + "'fnv1a' as in Sarama.")
            ConfigKey(
                "sticky.bytes", \.stickyBytes,
                "How many bytes of records without a key go to one partition before another is chosen.",
                in: ByteCount(1)...ByteCount(1 << 30))
        }
    }

    private let hash: KeyHash
    private let sticky: StickyChoice

    public init(_ configuration: Configuration) {
        self.init(hash: configuration.hash, stickyByteCount: Int(configuration.stickyBytes.bytes))
    }

    /// - Parameters:
    ///   - stickyByteCount: how many bytes of records without a key go to one partition before the next.
    ///   - random: 64 random bits.
    public init(
        hash: KeyHash = .murmur2, stickyByteCount: Int = 16_384,
        random: @escaping @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) }
    ) {
        self.hash = hash
        sticky = StickyChoice(byteCount: stickyByteCount, random: random)
    }

    public func partition(for record: PartitionerContext) -> PartitionIndex {
        guard let key = record.key else { return sticky.partition(for: record) }
        return hash.partition(of: key, among: record.partitionCount)
    }

    public func explain(_ record: PartitionerContext) -> PartitionRoute {
        guard let key = record.key else {
            return PartitionRoute(0..<max(record.partitionCount, 1), because: "it has no key, and is spread over all")
        }
        return PartitionRoute(
            hash.partition(of: key, among: record.partitionCount),
            because: "the \(hash.rawValue) hash of its key says so")
    }
}
