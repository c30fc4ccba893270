internal import BrokerPrimitives
public import NIOCore

/// Makes a record batch, record by record.
///
/// Offsets count from `baseOffset`; timestamps are stored as deltas from the first record's. Compression is the
/// caller's: take `payload`, compress it, and hand it to `build(payload:compression:)`.
public struct RecordBatchBuilder: Sendable {
    public var baseOffset: Offset
    public var partitionLeaderEpoch: LeaderEpoch
    public var producerID: ProducerID
    public var producerEpoch: ProducerEpoch
    public var baseSequence: Int32
    /// Flags such as `.transactional` and `.control`; the compression bits are set when the batch is built.
    public var attributes: BatchAttributes

    public private(set) var recordCount: Int32 = 0
    private var baseTimestamp: Timestamp = -1
    private var maxTimestamp: Timestamp = -1
    private var lastOffsetDelta: Int32 = -1
    private var records: [UInt8] = []

    public init(
        baseOffset: Offset = 0, partitionLeaderEpoch: LeaderEpoch = -1, producerID: ProducerID = -1,
        producerEpoch: ProducerEpoch = -1, baseSequence: Int32 = -1, attributes: BatchAttributes = []
    ) {
        self.baseOffset = baseOffset
        self.partitionLeaderEpoch = partitionLeaderEpoch
        self.producerID = producerID
        self.producerEpoch = producerEpoch
        self.baseSequence = baseSequence
        self.attributes = attributes
    }

    public var isEmpty: Bool { recordCount == 0 }
    /// The size of the batch so far, uncompressed.
    public var byteCount: Int { RecordBatchHeader.byteCount + records.count }
    /// The records' bytes, uncompressed.
    public var payload: ByteBuffer { ByteBuffer(bytes: records) }

    /// Adds a record at the next offset.
    public mutating func append(
        timestamp: Timestamp, key: ByteBuffer?, value: ByteBuffer?, headers: [Record.Header] = []
    ) {
        append(offsetDelta: lastOffsetDelta + 1, timestamp: timestamp, key: key, value: value, headers: headers)
    }

    /// Adds a record at its own offset, which must lie behind the last one: batches of compacted topics have holes.
    public mutating func append(_ record: Record) {
        append(
            offsetDelta: Int32(truncatingIfNeeded: record.offset - baseOffset), timestamp: record.timestamp,
            key: record.key, value: record.value, headers: record.headers)
    }

    private mutating func append(
        offsetDelta: Int32, timestamp: Timestamp, key: ByteBuffer?, value: ByteBuffer?, headers: [Record.Header]
    ) {
        if recordCount == 0 { baseTimestamp = timestamp }
        let timestampDelta = timestamp &- baseTimestamp
        var length = 1 + Varint.length(of: timestampDelta) + Varint.length(of: Int64(offsetDelta))
        length += Self.fieldLength(key) + Self.fieldLength(value) + Varint.length(of: Int64(headers.count))
        for header in headers {
            let count = header.key.utf8.count
            length += Varint.length(of: Int64(count)) + count + Self.fieldLength(header.value)
        }
        Varint.write(Int64(length), to: &records)
        records.append(0)
        Varint.write(timestampDelta, to: &records)
        Varint.write(Int64(offsetDelta), to: &records)
        writeField(key)
        writeField(value)
        Varint.write(Int64(headers.count), to: &records)
        for header in headers {
            Varint.write(Int64(header.key.utf8.count), to: &records)
            records.append(contentsOf: header.key.utf8)
            writeField(header.value)
        }
        maxTimestamp = max(maxTimestamp, timestamp)
        lastOffsetDelta = offsetDelta
        recordCount += 1
    }

    /// The batch, uncompressed, with its checksum.
    public func build() -> ByteBuffer { build(payload: payload, compression: .none) }

    /// The batch with `payload` in place of the records: what the codec of `compression` made of them.
    public func build(payload: ByteBuffer, compression: CompressionType) -> ByteBuffer {
        RecordBatchBuilder.assemble(header: header(compression: compression), payload: payload)
    }

    private func header(compression: CompressionType) -> RecordBatchHeader {
        RecordBatchHeader(
            baseOffset: baseOffset, batchLength: 0, partitionLeaderEpoch: partitionLeaderEpoch,
            attributes: attributes.with(compression: compression), lastOffsetDelta: max(lastOffsetDelta, 0),
            baseTimestamp: baseTimestamp, maxTimestamp: maxTimestamp, producerID: producerID,
            producerEpoch: producerEpoch, baseSequence: baseSequence, recordCount: recordCount)
    }

    /// A batch of `header` and `payload`, with length and checksum set.
    public static func assemble(header: RecordBatchHeader, payload: ByteBuffer) -> ByteBuffer {
        var header = header
        let total = RecordBatchHeader.byteCount + payload.readableBytes
        header.batchLength = Int32(truncatingIfNeeded: total - RecordBatchHeader.overhead)
        var batch = ByteBufferAllocator().buffer(capacity: total)
        batch.writeRepeatingByte(0, count: RecordBatchHeader.byteCount)
        batch.writeImmutableBuffer(payload)
        batch.withUnsafeMutableReadableBytes { raw in
            header.write(to: raw)
            let covered = UnsafeRawBufferPointer(rebasing: raw[RecordBatchHeader.Position.attributes...])
            raw.storeBigEndian(CRC32C.checksum(covered), at: RecordBatchHeader.Position.checksum)
        }
        return batch
    }

    private static func fieldLength(_ field: ByteBuffer?) -> Int {
        guard let field else { return 1 }
        return Varint.length(of: Int64(field.readableBytes)) + field.readableBytes
    }

    private mutating func writeField(_ field: ByteBuffer?) {
        guard let field else {
            Varint.write(-1, to: &records)
            return
        }
        Varint.write(Int64(field.readableBytes), to: &records)
        field.withUnsafeReadableBytes { records.append(contentsOf: $0) }
    }
}
