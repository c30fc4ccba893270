public import BrokerModel

/// Decides what becomes of old records.
///
/// Asked now and then about each partition that uses it, on a worker thread: it may take its time, but holds up the
/// cleaning of other partitions meanwhile. It only says what is to be done; the broker does it, never touches the active
/// segment or what is not committed, and keeps offsets as they are.
public protocol CleanupPolicy: Sendable {
    /// What is to be done with a log now.
    ///
    /// Must depend on nothing but the log's description and the policy's configuration.
    func plan(for log: CleanupLog) -> CleanupPlan
}

extension Plugin where Self: CleanupPolicy {
    public static var kind: PluginKind { .cleanupPolicy }
}

/// A cleanup policy that looks at records.
public protocol RecordCleanupPolicy: CleanupPolicy {
    /// What decides about the records in one pass over the segments that the plan says.
    func makeFilter(for log: CleanupLog) -> any RecordFilter
}

/// Decides about records, one after the other, in a pass over part of a log.
///
/// First it is shown the records of the part, oldest first; then it is asked about each of them in the same order.
/// Used by one thread, for one pass.
public protocol RecordFilter {
    /// Takes note of a record. Records of aborted transactions and control records are not shown.
    ///
    /// What it notes is its own memory to bound: a log may hold more keys than fit.
    ///
    /// - Returns: whether there is room to take note of more. If not, this record and all behind it are kept in this
    ///   pass, and looked at in the next.
    mutating func observe(_ record: Record) -> Bool

    /// Whether the record stays.
    mutating func keeps(_ record: Record) -> Bool
}

/// A partition's log, as a cleanup policy sees it.
public struct CleanupLog: Hashable, Sendable {
    public var topic: String
    public var partition: PartitionIndex
    /// The sealed segments that hold nothing but committed records, oldest first.
    public var segments: [CleanupSegment]
    /// The segment that is written to; it can only be sealed. Nil if it is empty.
    public var active: CleanupSegment?
    /// The size in bytes of all segments, also those that cannot be touched yet.
    public var byteCount: Int64
    /// The first offset that readers can ask for.
    public var logStartOffset: Offset
    /// The first offset that no rewriting pass has seen yet.
    public var firstUncleanedOffset: Offset
    /// The wall clock.
    public var now: Timestamp

    public init(
        topic: String, partition: PartitionIndex, segments: [CleanupSegment], active: CleanupSegment?, byteCount: Int64,
        logStartOffset: Offset, firstUncleanedOffset: Offset, now: Timestamp
    ) {
        self.topic = topic
        self.partition = partition
        self.segments = segments
        self.active = active
        self.byteCount = byteCount
        self.logStartOffset = logStartOffset
        self.firstUncleanedOffset = firstUncleanedOffset
        self.now = now
    }
}

/// A segment of a log.
public struct CleanupSegment: Hashable, Sendable {
    public var baseOffset: Offset
    /// The offset after the segment.
    public var nextOffset: Offset
    /// In bytes.
    public var byteCount: Int64
    /// −1 if no record has a timestamp.
    public var largestTimestamp: Timestamp

    public init(baseOffset: Offset, nextOffset: Offset, byteCount: Int64, largestTimestamp: Timestamp) {
        self.baseOffset = baseOffset
        self.nextOffset = nextOffset
        self.byteCount = byteCount
        self.largestTimestamp = largestTimestamp
    }
}

/// What a cleanup policy wants done.
public struct CleanupPlan: Hashable, Sendable {
    /// Segments that end at or below this offset are deleted whole; nil for none.
    public var deleteBelow: Offset?
    /// Segments that lie between these offsets are rewritten with what the policy's filter keeps; nil for none. Only for
    /// a `RecordCleanupPolicy`.
    public var rewrite: Range<Offset>?
    /// Whether the active segment is to be sealed. The policy is asked again then, and finds it among the others.
    public var sealsActive: Bool

    public init(deleteBelow: Offset? = nil, rewrite: Range<Offset>? = nil, sealsActive: Bool = false) {
        self.deleteBelow = deleteBelow
        self.rewrite = rewrite
        self.sealsActive = sealsActive
    }

    /// Everything stays.
    public static let nothing = CleanupPlan()
}
