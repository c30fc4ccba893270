import BrokerFramework

/// Retention by number: keeps so many of a partition's newest records, whatever their age and size.
///
/// Whole segments go, so up to a segment more stays: `segment.bytes` and `segment.ms` say how much that is.
public struct KeepRecords: CleanupPolicy, Plugin {
    public static let name = "keep-records"
    public static let summary = "Keeps a number of records, whatever their age and size."

    public struct Configuration: PluginConfiguration {
        public var count: Int64 = 1_000_000

        public init() {}

        public static let schema = PluginSchema<Configuration> {
            ConfigKey("count", \.count, "How many records each partition keeps at least.", in: 1...Int64.max)
        }
    }

    private let count: Int64

    public init(_ configuration: Configuration) { count = configuration.count }

    public func plan(for log: CleanupLog) -> CleanupPlan {
        guard let end = log.active?.nextOffset ?? log.segments.last?.nextOffset else { return .nothing }
        let old = log.segments.prefix { end - $0.nextOffset >= count }
        return CleanupPlan(deleteBelow: old.last?.nextOffset)
    }
}
