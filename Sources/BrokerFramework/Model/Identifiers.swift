public import BrokerPrimitives

/// A position in a partition's log. Non-negative where it names a record.
public typealias Offset = Int64
/// Counts the leaders of a partition; −1 where unknown.
public typealias LeaderEpoch = Int32
/// The number of a partition in its topic, from 0.
public typealias PartitionIndex = Int32
/// The id of a node: a broker, a controller, or both.
public typealias NodeID = Int32
/// The id of an idempotent producer; −1 for a producer without one.
public typealias ProducerID = Int64
/// The generation of an idempotent producer; −1 for a producer without one.
public typealias ProducerEpoch = Int16
/// Milliseconds since 1970-01-01T00:00Z; −1 where there is none.
public typealias Timestamp = Int64
/// The id of a topic, stable over its life and never used again.
public typealias TopicID = KafkaUUID

/// One partition of a topic, by the topic's name.
public struct TopicPartition: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let topic: String
    public let partition: PartitionIndex

    public init(topic: String, partition: PartitionIndex) {
        self.topic = topic
        self.partition = partition
    }

    /// The name of the partition's directory: `topic-partition`.
    public var description: String { "\(topic)-\(partition)" }

    public static func < (left: TopicPartition, right: TopicPartition) -> Bool {
        (left.topic, left.partition) < (right.topic, right.partition)
    }
}
