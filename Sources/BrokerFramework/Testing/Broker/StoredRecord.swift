public import BrokerModel
public import NIOCore

/// A record as it lies in a partition's log.
public struct StoredRecord: Hashable, Sendable {
    public var partition: PartitionIndex
    public var offset: Offset
    /// Milliseconds since 1970.
    public var timestamp: Timestamp
    /// Nil for a record without a key.
    public var key: ByteBuffer?
    /// Nil for a tombstone.
    public var value: ByteBuffer?
    public var headers: [Record.Header]
    /// The codec of the record's batch.
    public var compression: CompressionType
    /// −1 if the producer was not idempotent.
    public var producerID: ProducerID
    public var isTransactional: Bool

    /// The key as text.
    public var keyText: String? { key.map { String(buffer: $0) } }
    /// The value as text.
    public var text: String? { value.map { String(buffer: $0) } }

    init(_ record: Record, partition: PartitionIndex, header: RecordBatchHeader, compression: CompressionType) {
        self.partition = partition
        offset = record.offset
        timestamp = record.timestamp
        key = record.key
        value = record.value
        headers = record.headers
        self.compression = compression
        producerID = header.producerID
        isTransactional = header.attributes.contains(.transactional)
    }
}
