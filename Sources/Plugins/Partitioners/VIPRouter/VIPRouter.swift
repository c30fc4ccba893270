public import BrokerModel
public import BrokerPluginAPI
internal import NIOCore

/// Reserves the first partitions of a topic for important records; everything else goes by its key over the rest.
///
/// A record is important by its key, the beginning of its key, or a header. When partitions are added, the reserved ones
/// stay what they are, so important keys do not move; the others move as with any hash.
public struct VIPRouter: ExplainablePartitioner, Plugin {
    public static let name = "vip"
    public static let summary = "Important keys have partitions of their own; the others share the rest."

    public struct Configuration: PluginConfiguration {
        public var keys: [String] = []
        public var prefixes: [String] = []
        public var header = ""
        public var headerValues: [String] = []
        public var partitions = 1
        public var hash = KeyHash.murmur2
        public var stickyBytes = ByteCount(16_384)

        public init() {}

        public static let schema = PluginSchema<Configuration> {
            ConfigKey("keys", \.keys, "The keys that are important, with commas between them.")
            ConfigKey("prefixes", \.prefixes, "What important keys begin with, with commas between them.")
            ConfigKey("header", \.header, "The name of a header that makes a record important.")
            ConfigKey(
                "header.values", \.headerValues,
                "The values of that header which make a record important; empty for any value.")
            ConfigKey(
                "partitions", \.partitions,
                "How many partitions are reserved: the first ones of the topic. One at least is always left for the rest.",
                in: 1...10_000)
            ConfigKey(
                "hash", \.hash,
                "How a key becomes one of several partitions: 'murmur2' as in the Java client, 'crc32' as in "
                    + "librdkafka's default, 'fnv1a' as in Sarama.")
            ConfigKey(
                "sticky.bytes", \.stickyBytes,
                "How many bytes of records without a key go to one partition before another is chosen.",
                in: ByteCount(1)...ByteCount(1 << 30))
        }

        public var problem: String? {
            headerValues.isEmpty || !header.isEmpty
                ? nil
                : "`header.values` is set, but `header` does not say of which header."
        }
    }

    private let keys: Set<ByteBuffer>
    private let prefixes: [ByteBuffer]
    private let header: String
    private let headerValues: Set<ByteBuffer>
    private let reserved: PartitionIndex
    private let hash: KeyHash
    private let sticky: StickyChoice

    public init(_ configuration: Configuration) {
        self.init(configuration, random: { UInt64.random(in: .min ... .max) })
    }

    /// - Parameter random: 64 random bits.
    public init(_ configuration: Configuration, random: @escaping @Sendable () -> UInt64) {
        keys = Set(configuration.keys.map { ByteBuffer(string: $0) })
        prefixes = configuration.prefixes.map { ByteBuffer(string: $0) }
        header = configuration.header
        headerValues = Set(configuration.headerValues.map { ByteBuffer(string: $0) })
        reserved = PartitionIndex(clamping: configuration.partitions)
        hash = configuration.hash
        sticky = StickyChoice(byteCount: Int(configuration.stickyBytes.bytes), random: random)
    }

    public func partition(for record: PartitionerContext) -> PartitionIndex {
        let lane = lane(of: record).partitions
        guard let key = record.key else { return sticky.partition(for: record, within: lane) }
        return lane.lowerBound + hash.partition(of: key, among: PartitionIndex(lane.count))
    }

    public func explain(_ record: PartitionerContext) -> PartitionRoute {
        let (lane, reason) = lane(of: record)
        guard let key = record.key else { return PartitionRoute(lane, because: reason) }
        return PartitionRoute(
            lane.lowerBound + hash.partition(of: key, among: PartitionIndex(lane.count)), because: reason)
    }

    /// The partitions that are open to the record, at least one.
    private func lane(of record: PartitionerContext) -> (partitions: Range<PartitionIndex>, reason: String) {
        let count = max(record.partitionCount, 1)
        guard count > 1 else { return (0..<1, "the topic has no other") }
        let reserved = min(reserved, count - 1)
        if let reason = importance(of: record) { return (0..<reserved, reason) }
        return (reserved..<count, "nothing makes it important, and the first \(reserved) are reserved")
    }

    /// Why the record is important; nil if it is not.
    private func importance(of record: PartitionerContext) -> String? {
        if let key = record.key {
            if keys.contains(key) { return "its key is one of the important ones" }
            if prefixes.contains(where: { Self.begins(key, with: $0) }) { return "its key begins as important ones do" }
        }
        guard !header.isEmpty else { return nil }
        let isMarked = record.headers.contains { header in
            header.key == self.header
                && (headerValues.isEmpty || header.value.map(headerValues.contains) == true)
        }
        return isMarked ? "its header '\(header)' makes it important" : nil
    }

    private static func begins(_ key: ByteBuffer, with prefix: ByteBuffer) -> Bool {
        key.readableBytes >= prefix.readableBytes
            && key.getSlice(at: key.readerIndex, length: prefix.readableBytes) == prefix
    }
}
