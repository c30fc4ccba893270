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

/// What a partitioner may look at.
public struct PartitionerContext: Sendable, Hashable {
    public var topic: String
    /// Nil for a record without a key. An empty key is a key like any other.
    public var key: ByteBuffer?
    /// Nil for a tombstone.
    public var value: ByteBuffer?
    /// The number of the topic's partitions, at least 1.
    public var partitionCount: PartitionIndex
    /// The partitions that have a leader now, in ascending order; may be empty. Records for others wait.
    public var availablePartitions: [PartitionIndex]

    public init(
        topic: String, key: ByteBuffer?, value: ByteBuffer?, partitionCount: PartitionIndex,
        availablePartitions: [PartitionIndex]
    ) {
        self.topic = topic
        self.key = key
        self.value = value
        self.partitionCount = partitionCount
        self.availablePartitions = availablePartitions
    }
}
