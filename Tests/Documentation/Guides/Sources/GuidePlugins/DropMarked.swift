import BrokerFramework

/// Records that carry a certain header go when their segment is old enough; all others stay for ever.
public struct DropMarked: RecordCleanupPolicy, Plugin {
    public static let name = "drop-marked"
    public static let summary = "Drops records that carry a header, once they are old enough."

    public struct Configuration: PluginConfiguration {
        public var header = "debug"
        public var after = Duration.seconds(86_400)

        public init() {}

        public static let schema = PluginSchema<Configuration> {
            ConfigKey("header", \.header, "The name of the header.")
            ConfigKey("after", \.after, "How old a record must be.", in: .seconds(1)...(.seconds(315_360_000)))
        }
    }

    private let header: String
    private let after: Int64

    public init(_ configuration: Configuration) {
        header = configuration.header
        after = configuration.after.wholeMilliseconds
    }

    public func plan(for log: CleanupLog) -> CleanupPlan {
        let due = log.segments.drop { $0.nextOffset <= log.firstUncleanedOffset }
            .prefix { $0.largestTimestamp <= log.now - after }
        guard let first = due.first, let last = due.last else { return .nothing }
        return CleanupPlan(rewrite: first.baseOffset..<last.nextOffset)
    }

    public func makeFilter(for log: CleanupLog) -> any RecordFilter { Filter(header: header) }

    private struct Filter: RecordFilter {
        let header: String

        mutating func observe(_ record: Record) -> Bool { true }

        mutating func keeps(_ record: Record) -> Bool { !record.headers.contains { $0.key == header } }
    }
}
