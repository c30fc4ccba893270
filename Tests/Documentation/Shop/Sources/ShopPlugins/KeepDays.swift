import BrokerFramework

/// Retention by the calendar: keeps today and so many days before it, from midnight to midnight (UTC).
public struct KeepDays: CleanupPolicy, Plugin {
    public static let name = "keep-days"
    public static let summary = "Keeps whole days, today among them."

    public struct Configuration: PluginConfiguration {
        public var count = 30

        public init() {}

        public static let schema = PluginSchema<Configuration> {
            ConfigKey("count", \.count, "How many days stay.", in: 1...3_650)
        }
    }

    private static let day: Int64 = 86_400_000
    private let days: Int64

    public init(_ configuration: Configuration) { days = Int64(configuration.count) }

    public func plan(for log: CleanupLog) -> CleanupPlan {
        let midnight = log.now / Self.day * Self.day - (days - 1) * Self.day
        let old = log.segments.prefix { $0.largestTimestamp < midnight }
        let isAllOld = old.count == log.segments.count
        return CleanupPlan(
            deleteBelow: old.last?.nextOffset,
            sealsActive: isAllOld && (log.active?.largestTimestamp ?? midnight) < midnight)
    }
}
