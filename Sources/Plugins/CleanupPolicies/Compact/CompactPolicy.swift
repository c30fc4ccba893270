internal import BrokerModel
public import BrokerPluginAPI

/// Keeps the newest record of each key.
public struct CompactPolicy: RecordCleanupPolicy, Plugin {
    public static let name = "compact"
    public static let summary = "Keeps the newest record of each key."

    public struct Configuration: PluginConfiguration {
        /// Of the log, that no pass has seen, before there is another.
        public var dirtyRatio = 0.5
        public var minimumLagMilliseconds: Int64 = 0
        public var maximumLagMilliseconds = Int64.max
        /// How long tombstones stay.
        public var deleteRetentionMilliseconds: Int64 = 86_400_000

        public init() {}

        public static let schema = PluginSchema<Configuration> {
            ConfigKey(shared: "min.cleanable.dirty.ratio", \.dirtyRatio)
            ConfigKey(shared: "min.compaction.lag.ms", \.minimumLagMilliseconds)
            ConfigKey(shared: "max.compaction.lag.ms", \.maximumLagMilliseconds)
            ConfigKey(shared: "delete.retention.ms", \.deleteRetentionMilliseconds)
        }
    }

    private let configuration: Configuration
    private let keyCountLimit: Int

    public init(_ configuration: Configuration) { self.init(configuration, keyCountLimit: 2_000_000) }

    /// - Parameter keyCountLimit: how many keys one pass remembers, at about 50 bytes each.
    public init(_ configuration: Configuration, keyCountLimit: Int) {
        self.configuration = configuration
        self.keyCountLimit = keyCountLimit
    }

    public func plan(for log: CleanupLog) -> CleanupPlan {
        let old = log.segments.prefix { age(of: $0, log.now) >= configuration.minimumLagMilliseconds }
        let unseen = old.drop { $0.nextOffset <= log.firstUncleanedOffset }
        guard let last = unseen.last, let first = unseen.first, let start = old.first else { return .nothing }
        let unseenBytes = unseen.reduce(0) { $0 + $1.byteCount }
        let bytes = old.reduce(0) { $0 + $1.byteCount }
        let isDirty = Double(unseenBytes) > configuration.dirtyRatio * Double(bytes)
        guard isDirty || age(of: first, log.now) > configuration.maximumLagMilliseconds else { return .nothing }
        return CleanupPlan(rewrite: start.baseOffset..<last.nextOffset)
    }

    private func age(of segment: CleanupSegment, _ now: Timestamp) -> Int64 {
        let (age, overflow) = now.subtractingReportingOverflow(segment.largestTimestamp)
        return overflow ? .max : age
    }

    public func makeFilter(for log: CleanupLog) -> any RecordFilter {
        NewestByKey(
            keyCountLimit: keyCountLimit, firstUnseen: log.firstUncleanedOffset,
            tombstonesBefore: log.now.subtractingReportingOverflow(configuration.deleteRetentionMilliseconds)
                .partialValue)
    }
}

/// Remembers the newest offset of each key, and keeps what stands there.
struct NewestByKey: RecordFilter {
    private let keyCountLimit: Int
    private let firstUnseen: Offset
    private let tombstonesBefore: Timestamp
    private var newest: [KeyDigest: Offset] = [:]

    init(keyCountLimit: Int, firstUnseen: Offset, tombstonesBefore: Timestamp) {
        self.keyCountLimit = keyCountLimit
        self.firstUnseen = firstUnseen
        self.tombstonesBefore = tombstonesBefore
    }

    mutating func observe(_ record: Record) -> Bool {
        // What an earlier pass has seen holds each key once; only what came after it can replace it.
        guard record.offset >= firstUnseen, let key = record.key else { return true }
        let digest = KeyDigest(key)
        guard newest.count < keyCountLimit || newest[digest] != nil else { return false }
        newest[digest] = record.offset
        return true
    }

    mutating func keeps(_ record: Record) -> Bool {
        guard let key = record.key else { return false }
        if let newest = newest[KeyDigest(key)], newest > record.offset { return false }
        // Whoever reads along has had the time since the first pass, which left the tombstone, to see it.
        return record.value != nil || record.offset >= firstUnseen || record.timestamp >= tombstonesBefore
    }
}
