/// How a consumer fetches. Durations are in milliseconds, sizes in bytes.
public struct ConsumerConfiguration: Sendable {
    /// Where to go on when there is no position, also none the group has committed, or it lies outside of the log.
    public enum OffsetReset: Sendable, Hashable {
        case earliest
        case latest
        /// Fail instead.
        case none
    }

    /// The group the consumer belongs to; nil for none. With it the consumer can subscribe to topics, and positions
    /// are remembered by the broker.
    public var group: GroupConfiguration?
    /// Whether records of open and aborted transactions are given out.
    public var isolation: IsolationLevel = .readUncommitted
    /// Where to go on without a position.
    public var offsetReset: OffsetReset = .latest
    /// The least a broker gathers before it answers, unless the wait is over.
    public var minimumFetchByteCount: Int32 = 1
    /// How long a broker waits for that much.
    public var maximumFetchWaitMilliseconds: Int32 = 500
    /// The most a broker answers at once; a first batch that is larger comes whole.
    public var maximumFetchByteCount: Int32 = 50 << 20
    /// The same for one partition.
    public var maximumPartitionFetchByteCount: Int32 = 1 << 20
    /// The most records `poll` gives out at once.
    public var maximumPollRecordCount = 500
    /// Whether checksums of batches are verified.
    public var verifiesChecksums = true
    /// The most bytes a batch may decompress to.
    public var maximumDecompressedByteCount = 256 << 20

    public init() {}
}
