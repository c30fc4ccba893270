public import BrokerModel
public import NIOCore

/// Chooses the partition of a record that names none.
///
/// Called by the producer once for each such record, in the order in which records are handed in, from any thread and
/// from several at a time: one that remembers something guards it itself. It must not block.
public protocol Partitioner: Sendable {
    /// A number from 0 up to, not including, the context's partition count. Any other makes the record fail.
    func partition(for record: PartitionerContext) -> PartitionIndex
}

extension Plugin where Self: Partitioner {
    public static var kind: PluginKind { .partitioner }
}

/// A partitioner that can say where a record belongs, and why, without choosing.
///
/// What `broker explain route` shows, and what `partitioner.verify` holds records against that clients have sent to a
/// partition themselves.
public protocol ExplainablePartitioner: Partitioner {
    /// Where the record may go. Depends on nothing but the record, the number of partitions and the configuration;
    /// remembers nothing. Contains whatever `partition(for:)` answers for the same record.
    func explain(_ record: PartitionerContext) -> PartitionRoute
}

/// Where a record belongs.
public struct PartitionRoute: Hashable, Sendable {
    /// The partitions it may be in; not empty.
    public var partitions: Range<PartitionIndex>
    /// Why, as the rest of a sentence that begins with "because": `its key hashes to 5`.
    public var reason: String

    public init(_ partitions: Range<PartitionIndex>, because reason: String) {
        self.partitions = partitions
        self.reason = reason
    }

    /// One partition and no other.
    public init(_ partition: PartitionIndex, because reason: String) {
        self.init(partition..<partition + 1, because: reason)
    }
}

/// What a partitioner may look at.
public struct PartitionerContext: Sendable, Hashable {
    public var topic: String
    /// Nil for a record without a key. An empty key is a key like any other.
    public var key: ByteBuffer?
    /// Nil for a tombstone.
    public var value: ByteBuffer?
    public var headers: [Record.Header]
    /// The number of the topic's partitions, at least 1.
    public var partitionCount: PartitionIndex
    /// The partitions that have a leader now, in ascending order; may be empty. Records for others wait.
    public var availablePartitions: [PartitionIndex]

    public init(
        topic: String, key: ByteBuffer?, value: ByteBuffer?, headers: [Record.Header] = [],
        partitionCount: PartitionIndex, availablePartitions: [PartitionIndex]
    ) {
        self.topic = topic
        self.key = key
        self.value = value
        self.headers = headers
        self.partitionCount = partitionCount
        self.availablePartitions = availablePartitions
    }
}
