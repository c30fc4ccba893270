package import BrokerModel
internal import BrokerPluginAPI
internal import NIOCore

/// One segment of a log as it is known in memory. Does no I/O.
struct Segment: Sendable {
    let baseOffset: Offset
    /// The offset after the last batch; for a sealed segment the next one's base.
    var nextOffset: Offset
    /// In bytes; what the file has beyond does not count.
    var size = 0
    /// Nil until the segment has a file.
    var file: (any StorageFile)?
    /// Nil if not loaded; never for the active segment.
    var offsetIndex: OffsetIndex? = OffsetIndex()
    var timeIndex: TimeIndex? = TimeIndex()
    var aborted: [AbortedTransaction]? = []
    /// Nil if not known yet; −1 without records.
    var largestTimestamp: Timestamp? = -1
    /// The last offset of the batch that has the largest timestamp.
    var offsetOfLargestTimestamp: Offset = -1
    /// The largest timestamp of the first batch; what rolling by time counts from. Nil without one.
    var rollTimestamp: Timestamp?
    let created: Timestamp
    var bytesSinceIndexEntry = 0
    /// Whether the index files on disk are those of memory.
    var indexesAreWritten = false
    /// Whether the disk has indexes from before the segment was opened again and appended to. They must go before
    /// the recovery point moves: below it a segment is trusted with whatever indexes it has.
    var hasStaleIndexes = false
    /// Shared with readers of the file, once there were some.
    var lease: SegmentLease?
    /// What was found damaged when the log was opened.
    var damage: [DamagedRange] = []

    init(baseOffset: Offset, created: Timestamp) {
        self.baseOffset = baseOffset
        nextOffset = baseOffset
        self.created = created
    }

    func relative(_ offset: Offset) -> Int64 { offset &- baseOffset }

    /// Accounts for a batch that was written at the segment's end, with an index entry if one is due.
    mutating func appended(_ header: RecordBatchHeader, configuration: LogConfiguration) {
        let byteCount = header.totalByteCount
        let lastOffset = header.lastOffset
        if header.maxTimestamp > largestTimestamp ?? -1 {
            largestTimestamp = header.maxTimestamp
            offsetOfLargestTimestamp = lastOffset
        }
        if bytesSinceIndexEntry > configuration.indexIntervalBytes {
            // The position fits because the segment's size is limited to 2³¹−1, the offset because it rolls before.
            let relativeOffset = Int32(truncatingIfNeeded: relative(lastOffset))
            let position = Int32(truncatingIfNeeded: size)
            offsetIndex?.append(relativeOffset: relativeOffset, position: position)
            appendTimeIndexEntry()
            bytesSinceIndexEntry = 0
        }
        if size == 0 { rollTimestamp = header.maxTimestamp }
        size += byteCount
        bytesSinceIndexEntry += byteCount
        nextOffset = header.nextOffset
        indexesAreWritten = false
    }

    mutating func appendTimeIndexEntry() {
        guard let largestTimestamp, offsetOfLargestTimestamp >= baseOffset else { return }
        let relativeOffset = Int32(truncatingIfNeeded: relative(offsetOfLargestTimestamp))
        timeIndex?.append(timestamp: largestTimestamp, relativeOffset: relativeOffset)
    }

    /// What the segment's end adds to its time index.
    mutating func seal(nextOffset: Offset) {
        appendTimeIndexEntry()
        self.nextOffset = nextOffset
    }

    func damage(holding offset: Offset) -> DamagedRange? { damage.first { $0.offsets.contains(offset) } }
}

/// Offsets that were lost to damage, and where in their segment it lies.
package struct DamagedRange: Hashable, Sendable {
    package var offsets: Range<Offset>
    package var positions: Range<Int>
    package var reason: String
}
