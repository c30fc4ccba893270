public import BrokerModel
public import NIOCore

/// A record that was read.
public struct ConsumerRecord: Sendable, Hashable {
    public var topic: String
    public var partition: PartitionIndex
    public var offset: Offset
    public var timestamp: Timestamp
    public var timestampType: TimestampType
    public var key: ByteBuffer?
    /// Nil for a tombstone.
    public var value: ByteBuffer?
    public var headers: [Record.Header]

    init(_ record: Record, of partition: TopicPartition, timestampType: TimestampType) {
        topic = partition.topic
        self.partition = partition.partition
        offset = record.offset
        timestamp = record.timestamp
        self.timestampType = timestampType
        key = record.key
        value = record.value
        headers = record.headers
    }

    /// Where the record was read.
    public var topicPartition: TopicPartition { TopicPartition(topic: topic, partition: partition) }
}

/// Where to read on in a partition.
public enum SeekPosition: Sendable, Hashable {
    case offset(Offset)
    case beginning
    case end
    /// The first record whose timestamp is at least this; the end if there is none. Milliseconds since 1970.
    case timestamp(Timestamp)
}
