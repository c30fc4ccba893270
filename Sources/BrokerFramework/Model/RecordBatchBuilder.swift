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
    /// Room for the header, then the records.
    private var batch = ByteBuffer(repeating: 0, count: RecordBatchHeader.byteCount)

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
    public var byteCount: Int { batch.readableBytes }
    /// The records' bytes, uncompressed. Shares them with the builder, which copies them if it goes on.
    public var payload: ByteBuffer {
        batch.getSlice(at: RecordBatchHeader.byteCount, length: byteCount - RecordBatchHeader.byteCount) ?? ByteBuffer()
    }

    /// Adds a record at the next offset.
    public mutating func append(
        timestamp: Timestamp, key: ByteBuffer?, value: ByteBuffer?, headers: [Record.Header] = []
    ) {
        append(
            offsetDelta: lastOffsetDelta &+ 1, timestamp: timestamp, key: key, value: value, headers: headers)
    }

    /// Adds a record at its own offset, which must lie behind the last one: batches of compacted topics have holes.
    public mutating func append(_ record: Record) {
        append(
            offsetDelta: Int32(truncatingIfNeeded: record.offset &- baseOffset), timestamp: record.timestamp,
            key: record.key, value: record.value, headers: record.headers)
    }

    private mutating func append(
        offsetDelta: Int32, timestamp: Timestamp, key: ByteBuffer?, value: ByteBuffer?, headers: [Record.Header]
    ) {
        if recordCount == 0 {
            baseTimestamp = timestamp
            maxTimestamp = timestamp
        }
        let timestampDelta = timestamp &- baseTimestamp
        var length = 1 + Varint.length(of: timestampDelta) + Varint.length(of: Int64(offsetDelta))
        length += Self.fieldLength(key) + Self.fieldLength(value) + Varint.length(of: Int64(headers.count))
        for header in headers {
            let count = header.key.utf8.count
            length += Varint.length(of: Int64(count)) + count + Self.fieldLength(header.value)
        }
        // Everything is known beforehand, so the record is written through one pointer.
        batch.writeWithUnsafeMutableBytes(minimumWritableBytes: Varint.length(of: Int64(length)) + length) { room in
            var position = 0
            Varint.store(Int64(length), to: room, at: &position)
            room[position] = 0
            position += 1
            Varint.store(timestampDelta, to: room, at: &position)
            Varint.store(Int64(offsetDelta), to: room, at: &position)
            Self.store(key, to: room, at: &position)
            Self.store(value, to: room, at: &position)
            Varint.store(Int64(headers.count), to: room, at: &position)
            for header in headers {
                Self.store(header.key, to: room, at: &position)
                Self.store(header.value, to: room, at: &position)
            }
            return position
        }
        maxTimestamp = max(maxTimestamp, timestamp)
        lastOffsetDelta = offsetDelta
        recordCount += 1
    }

    /// The batch, uncompressed, with its checksum.
    public func build() -> ByteBuffer {
        var batch = batch
        Self.finish(header(compression: .none), over: &batch)
        return batch
    }

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
        var batch = ByteBufferAllocator().buffer(capacity: RecordBatchHeader.byteCount + payload.readableBytes)
        batch.writeRepeatingByte(0, count: RecordBatchHeader.byteCount)
        batch.writeImmutableBuffer(payload)
        finish(header, over: &batch)
        return batch
    }

    /// Writes `header` over the start of `batch`, with the length and the checksum of what is there.
    private static func finish(_ header: RecordBatchHeader, over batch: inout ByteBuffer) {
        var header = header
        header.batchLength = Int32(truncatingIfNeeded: batch.readableBytes - RecordBatchHeader.overhead)
        batch.withUnsafeMutableReadableBytes { raw in
            header.write(to: raw)
            let covered = UnsafeRawBufferPointer(rebasing: raw[RecordBatchHeader.Position.attributes...])
            raw.storeBigEndian(CRC32C.checksum(covered), at: RecordBatchHeader.Position.checksum)
        }
    }

    private static func fieldLength(_ field: ByteBuffer?) -> Int {
        guard let field else { return 1 }
        return Varint.length(of: Int64(field.readableBytes)) + field.readableBytes
    }

    @inline(__always)
    private static func store(
        _ field: ByteBuffer?, to room: UnsafeMutableRawBufferPointer, at position: inout Int
    ) {
        guard let field else { return Varint.store(-1, to: room, at: &position) }
        Varint.store(Int64(field.readableBytes), to: room, at: &position)
        field.withUnsafeReadableBytes { raw in
            UnsafeMutableRawBufferPointer(rebasing: room[position...]).copyMemory(from: raw)
        }
        position += field.readableBytes
    }

    private static func store(_ text: String, to room: UnsafeMutableRawBufferPointer, at position: inout Int) {
        var text = text
        text.withUTF8 { utf8 in
            Varint.store(Int64(utf8.count), to: room, at: &position)
            UnsafeMutableRawBufferPointer(rebasing: room[position...]).copyMemory(from: UnsafeRawBufferPointer(utf8))
            position += utf8.count
        }
    }
}
