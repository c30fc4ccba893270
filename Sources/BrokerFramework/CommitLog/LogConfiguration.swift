package import BrokerModel

/// How a partition's log behaves. A plain value; a log takes a new one at any time.
///
/// Names and defaults are those of Kafka's topic configurations.
package struct LogConfiguration: Hashable, Sendable {
    /// `segment.bytes`; at most 2³¹−1.
    package var segmentBytes = 1 << 30
    /// `segment.ms`.
    package var segmentMilliseconds: Int64 = 7 * 24 * 3_600_000
    /// `segment.jitter.ms`: segments roll up to this much earlier, so that not all do at once.
    package var segmentJitterMilliseconds: Int64 = 0
    /// `index.interval.bytes`.
    package var indexIntervalBytes = 4096
    /// `segment.index.bytes`: a segment rolls when one of its indexes has reached this size.
    package var segmentIndexBytes = 10 << 20
    /// `max.message.bytes`: the largest batch a client may append.
    package var maxMessageBytes = 1_048_588
    /// `retention.bytes`; −1 for no limit.
    package var retentionBytes: Int64 = -1
    /// `retention.ms`; −1 for no limit.
    package var retentionMilliseconds: Int64 = 7 * 24 * 3_600_000
    /// `flush.messages`: flushing is due after so many records.
    package var flushMessages = Int64.max
    /// `flush.ms`: flushing is due after so long.
    package var flushMilliseconds = Int64.max
    /// `preallocate`: room for a whole segment is asked for when it begins.
    package var preallocate = false
    /// Whether `cleanup.policy` has `compact`: then offsets may be missing anywhere, and a hole is no sign of loss.
    package var isCompacted = false
    /// `message.timestamp.type`.
    package var messageTimestampType = TimestampType.createTime
    /// `file.delete.delay.ms`: how long a removed segment's files stay, renamed.
    package var fileDeleteDelayMilliseconds: Int64 = 60_000
    /// `producer.id.expiration.ms`: when an idle producer's sequence numbers are forgotten.
    package var producerExpirationMilliseconds: Int64 = 86_400_000
    /// `transaction.partition.verification.enable`: whether a client may begin a transaction in this partition only
    /// with a guard from `startVerification`.
    package var verifiesTransactions = false

    package init() {}

    /// The most entries of an index.
    var maximumOffsetIndexEntries: Int { segmentIndexBytes / OffsetIndex.entryByteCount }
    /// One slot is kept for the entry that sealing the segment adds.
    var maximumTimeIndexEntries: Int { max(segmentIndexBytes / TimeIndex.entryByteCount - 1, 0) }
}

/// What was known of a log when the broker stopped; decides how much of it is read again.
package struct LogRecoveryFacts: Hashable, Sendable {
    /// Whether the log directory was left in order: it held `.kafka_cleanshutdown`.
    package var wasClean: Bool
    /// Everything below was flushed, by `recovery-point-offset-checkpoint`.
    package var recoveryPoint: Offset
    /// By `log-start-offset-checkpoint`; 0 without an entry.
    package var logStartOffset: Offset
    /// False if the partition is known to have no directory: then opening it does no I/O at all.
    package var hasDirectory: Bool
    /// Whether what was appended was flushed before anyone relied on it, as in the metadata log: a broken batch with
    /// sound ones behind it is damage then, wherever it lies, and nothing is cut.
    package var isAlwaysFlushed = false

    package init(wasClean: Bool, recoveryPoint: Offset = 0, logStartOffset: Offset = 0, hasDirectory: Bool = true) {
        self.wasClean = wasClean
        self.recoveryPoint = recoveryPoint
        self.logStartOffset = logStartOffset
        self.hasDirectory = hasDirectory
    }

    /// For a partition that was never written.
    package static let nothing = LogRecoveryFacts(wasClean: true, hasDirectory: false)
}
