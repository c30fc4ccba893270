public import BrokerModel
public import NIOCore

/// A record to be sent.
public struct ProducerRecord: Sendable, Hashable {
    public var topic: String
    /// Nil to let the partitioner choose.
    public var partition: PartitionIndex?
    /// Nil for a record without a key, which is not the same as an empty key.
    public var key: ByteBuffer?
    /// Nil for a tombstone.
    public var value: ByteBuffer?
    public var headers: [Record.Header]
    /// Milliseconds since 1970; nil for now.
    public var timestamp: Timestamp?

    public init(
        topic: String, partition: PartitionIndex? = nil, key: ByteBuffer? = nil, value: ByteBuffer?,
        headers: [Record.Header] = [], timestamp: Timestamp? = nil
    ) {
        self.topic = topic
        self.partition = partition
        self.key = key
        self.value = value
        self.headers = headers
        self.timestamp = timestamp
    }

    public init(topic: String, key: String? = nil, value: String?) {
        self.init(
            topic: topic, key: key.map { ByteBuffer(string: $0) }, value: value.map { ByteBuffer(string: $0) })
    }

    /// At least the bytes the record takes in a batch, uncompressed.
    var estimatedByteCount: Int {
        // Length, attributes, both deltas and three counts, each at its longest.
        var count = 36 + (key?.readableBytes ?? 0) + (value?.readableBytes ?? 0)
        for header in headers { count += 10 + header.key.utf8.count + (header.value?.readableBytes ?? 0) }
        return count
    }
}

/// Where a record was written.
public struct RecordMetadata: Sendable, Hashable {
    public var topic: String
    public var partition: PartitionIndex
    /// Nil if the broker does not tell: with `acknowledgements` none, and where it had the record already and forgot where.
    public var offset: Offset?
    /// The record's, or the broker's if the topic keeps the time of appending.
    public var timestamp: Timestamp
}
