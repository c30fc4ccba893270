import BrokerPluginAPI

/// Keeps one record of each key: the one with the highest version, wherever it stands in the log (KIP-280).
///
/// Producers that race, retry or replay may append an older state of a key behind a newer one; compaction by offset would
/// keep the older. Here the version decides: the record's timestamp, or a header. Of equal versions the later record
/// stays, and a record without a version gives way to any that has one. Records without a key stay.
///
/// A tombstone is a record like any other: it stays while it has the highest version, as long as the topic's
/// `delete.retention.ms` after that. A record of an older version that arrives when the tombstone is gone stays.
///
/// A pass remembers a million keys at most. Where a topic has more, only what stands before the first record of the next
/// key is cleaned.
public struct VersionedCompaction: RecordCleanupPolicy, Plugin {
    public static let name = "versioned-compaction"
    public static let summary = "Keeps the record of each key whose timestamp, or version in a header, is highest."

    /// Where a record's version is.
    public enum Source: String, CaseIterable, ConfigKeyValue { case timestamp, header }

    public struct Configuration: PluginConfiguration {
        public var by = Source.timestamp
        public var header = "version"
        public var dirtyRatio = 0.5
        public var deleteRetentionMilliseconds: Int64 = 86_400_000

        public init() {}

        public static let schema = PluginSchema<Configuration> {
            ConfigKey("by", \.by, "What a record's version is: its 'timestamp', or what a 'header' says.")
            ConfigKey(
                "header", \.header,
                "The name of the header with the version: a decimal number, or eight bytes, the highest first.")
            ConfigKey(shared: "min.cleanable.dirty.ratio", \.dirtyRatio)
            ConfigKey(shared: "delete.retention.ms", \.deleteRetentionMilliseconds)
        }

        public var problem: String? {
            by == .header && header.isEmpty
                ? "`header` must name a header, since `by` says that it has the version." : nil
        }
    }

    private let configuration: Configuration

    public init(_ configuration: Configuration) { self.configuration = configuration }

    /// A pass over all sealed segments, since an old record may be the one that stays, when enough of them is unseen.
    public func plan(for log: CleanupLog) -> CleanupPlan {
        let unseen = log.segments.drop { $0.nextOffset <= log.firstUncleanedOffset }
        guard let first = log.segments.first, let last = unseen.last else { return .nothing }
        let (dirty, all) = (unseen.reduce(0) { $0 + $1.byteCount }, log.segments.reduce(0) { $0 + $1.byteCount })
        guard Double(dirty) >= configuration.dirtyRatio * Double(all) else { return .nothing }
        return CleanupPlan(rewrite: first.baseOffset..<last.nextOffset)
    }

    public func makeFilter(for log: CleanupLog) -> any RecordFilter {
        HighestVersion(
            header: configuration.by == .header ? configuration.header : nil, firstUnseen: log.firstUncleanedOffset,
            tombstonesBefore: log.now.subtractingReportingOverflow(configuration.deleteRetentionMilliseconds)
                .partialValue)
    }
}

/// Remembers the highest version of each key, and keeps what has it.
struct HighestVersion: RecordFilter {
    private struct Rank: Comparable {
        var version: Int64
        var offset: Offset

        static func < (left: Rank, right: Rank) -> Bool { (left.version, left.offset) < (right.version, right.offset) }
    }

    /// Nil where the timestamp is the version.
    let header: String?
    let firstUnseen: Offset
    let tombstonesBefore: Timestamp
    private var highest: [ByteBuffer: Rank] = [:]

    init(header: String?, firstUnseen: Offset, tombstonesBefore: Timestamp) {
        self.header = header
        self.firstUnseen = firstUnseen
        self.tombstonesBefore = tombstonesBefore
    }

    mutating func observe(_ record: Record) -> Bool {
        guard let key = record.key else { return true }
        let rank = rank(of: record)
        if let highest = highest[key] {
            if rank > highest { self.highest[key] = rank }
            return true
        }
        guard highest.count < 1_000_000 else { return false }
        // Copied, since a slice would keep all of its batch in memory.
        highest[ByteBuffer(bytes: key.readableBytesView)] = rank
        return true
    }

    mutating func keeps(_ record: Record) -> Bool {
        guard let key = record.key, let highest = highest[key] else { return true }
        guard highest.offset == record.offset else { return false }
        // Whoever reads along has had the time since the first pass, which left the tombstone, to see it.
        return record.value != nil || record.offset >= firstUnseen || record.timestamp >= tombstonesBefore
    }

    private func rank(of record: Record) -> Rank {
        guard let header else { return Rank(version: record.timestamp, offset: record.offset) }
        let value = record.headers.last { $0.key == header }?.value
        return Rank(version: value.flatMap(Self.version) ?? .min, offset: record.offset)
    }

    /// Nil if it is no number.
    private static func version(_ value: ByteBuffer) -> Int64? {
        if let number = Int64(String(buffer: value)) { return number }
        return value.readableBytes == 8 ? value.getInteger(at: value.readerIndex) : nil
    }
}
