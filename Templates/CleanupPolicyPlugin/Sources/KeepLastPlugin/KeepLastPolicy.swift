import BrokerPluginAPI

/// Keeps the newest records of each key, as many as the topic says. Records without a key stay.
///
/// A pass remembers a million keys at most. Where a topic has more, only what stands before the first record of the next
/// key is cleaned.
public struct KeepLastPolicy: RecordCleanupPolicy, Plugin {
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

    /// A pass over all sealed segments whenever there is one that no pass has seen.
    public func plan(for log: CleanupLog) -> CleanupPlan {
        guard let first = log.segments.first, let last = log.segments.last, last.nextOffset > log.firstUncleanedOffset
        else { return .nothing }
        return CleanupPlan(rewrite: first.baseOffset..<last.nextOffset)
    }

    public func makeFilter(for log: CleanupLog) -> any RecordFilter { Newest(limit: count) }

    /// First counts the records of each key, then lets the oldest ones go until so many are left.
    private struct Newest: RecordFilter {
        let limit: Int
        var counts: [ByteBuffer: Int] = [:]

        mutating func observe(_ record: Record) -> Bool {
            guard let key = record.key else { return true }
            if let count = counts[key] {
                counts[key] = count + 1
                return true
            }
            guard counts.count < 1_000_000 else { return false }
            // Copied, since a slice would keep all of its batch in memory.
            counts[ByteBuffer(bytes: key.readableBytesView)] = 1
            return true
        }

        mutating func keeps(_ record: Record) -> Bool {
            guard let key = record.key, let left = counts[key], left > limit else { return true }
            counts[key] = left - 1
            return false
        }
    }
}
