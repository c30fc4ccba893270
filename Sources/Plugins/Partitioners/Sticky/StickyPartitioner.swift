public import BrokerModel
public import BrokerPluginAPI

/// Stays with one partition until so many bytes have gone there, then moves on, whatever the keys.
public struct StickyPartitioner: ExplainablePartitioner, Plugin {
    public static let name = "sticky"
    public static let summary = "One partition until a batch is full, then another, whatever the key."

    public struct Configuration: PluginConfiguration {
        public var bytes = ByteCount(16_384)

        public init() {}

        public static let schema = PluginSchema<Configuration> {
            ConfigKey(
                "bytes", \.bytes, "How many bytes go to one partition before another is chosen.",
                in: ByteCount(1)...ByteCount(1 << 30))
        }
    }

    private let choice: StickyChoice

    public init(_ configuration: Configuration) { self.init(byteCount: Int(configuration.bytes.bytes)) }

    /// - Parameters:
    ///   - byteCount: how many bytes of keys and values go to one partition before the next.
    ///   - random: 64 random bits.
    public init(
        byteCount: Int = 16_384, random: @escaping @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) }
    ) {
        choice = StickyChoice(byteCount: byteCount, random: random)
    }

    public func partition(for record: PartitionerContext) -> PartitionIndex { choice.partition(for: record) }

    public func explain(_ record: PartitionerContext) -> PartitionRoute {
        PartitionRoute(
            0..<max(record.partitionCount, 1), because: "records fill one batch after the other, whatever their keys")
    }
}
