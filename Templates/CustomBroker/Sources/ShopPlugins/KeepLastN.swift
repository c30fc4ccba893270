import BrokerFramework

/// Keeps the newest records of each key, as many as the topic says.
public struct KeepLastN: RecordCleanupPolicy, Plugin {
    public static let name = "keep-last"
    public static let summary = "Keeps the newest records of each key, not only one."

    public struct Configuration: PluginConfiguration {
        public var count = 3

        public init() {}

        public static let schema = PluginSchema<Configuration> {
            ConfigKey("count", \.count, "How many records of each key stay.", in: 1...1_000)
        }
    }

    private let count: Int

    public init(_ configuration: Configuration) { count = configuration.count }

    public func plan(for log: CleanupLog) -> CleanupPlan {
        guard let first = log.segments.first, let last = log.segments.last, last.nextOffset > log.firstUncleanedOffset
        else { return .nothing }
        return CleanupPlan(rewrite: first.baseOffset..<last.nextOffset)
    }

    public func makeFilter(for log: CleanupLog) -> any RecordFilter { Filter(limit: count) }

    /// First counts the records of each key, then lets the oldest ones go until so many are left.
    private struct Filter: RecordFilter {
        let limit: Int
        var counts: [ByteBuffer?: Int] = [:]

        mutating func observe(_ record: Record) -> Bool {
            counts[record.key, default: 0] += 1
            return true
        }

        mutating func keeps(_ record: Record) -> Bool {
            guard let left = counts[record.key], left > limit else { return true }
            counts[record.key] = left - 1
            return false
        }
    }
}
