package import BrokerCommitLog
package import BrokerMetadata
package import BrokerModel

/// What is let go: whole segments, from the oldest on, below the log start and, if `cleanup.policy` has `delete`, by age
/// and by size.
package struct Retention: Sendable {
    private let milliseconds: Int64
    private let byteCount: Int64

    package init(_ config: TopicConfig) {
        milliseconds = config.isDeleted ? config.retentionMilliseconds : -1
        byteCount = config.isDeleted ? config.retentionBytes : -1
    }

    /// The offset below which all segments can go; nil if none can. The active segment always stays.
    package func deletableOffset(
        of segments: [SegmentDescription], logStart: Offset, now: Timestamp
    ) -> Offset? {
        var below: Offset?
        var excess = byteCount < 0 ? -1 : segments.reduce(0) { $0 + $1.size } - byteCount
        for segment in segments where !segment.isActive {
            let isExcess = excess >= segment.size && excess > 0
            guard isExpired(segment, now: now) || isExcess || segment.nextOffset <= logStart else { break }
            below = segment.nextOffset
            excess -= segment.size
        }
        return below
    }

    /// Whether even the newest record of a segment is too old.
    package func isExpired(_ segment: SegmentDescription, now: Timestamp) -> Bool {
        guard milliseconds >= 0, segment.largestTimestamp >= 0 else { return false }
        let age = now.subtractingReportingOverflow(segment.largestTimestamp)
        return !age.overflow && age.partialValue > milliseconds
    }
}
