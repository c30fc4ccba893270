internal import BrokerPrimitives
public import NIOCore

/// One record batch, seen where it lies in a buffer; nothing is copied.
///
/// The header has been checked as far as lengths and format go. Checksum and records are checked only when asked,
/// since most batches pass through a broker unread.
public struct RecordBatch: Sendable {
    /// Exactly the batch's bytes.
    public let buffer: ByteBuffer
    public let header: RecordBatchHeader

    /// Views the batch at the start of `bytes`; bytes after it are left out.
    public init(_ bytes: ByteBuffer) throws(RecordBatchError) {
        header = try bytes.withUnsafeReadableBytes { raw throws(RecordBatchError) in
            try Self.header(of: raw)
        }
        guard let slice = bytes.getSlice(at: bytes.readerIndex, length: header.totalByteCount) else {
            throw .truncated(needed: header.totalByteCount, available: bytes.readableBytes)
        }
        buffer = slice
    }

    /// The header at the start of `bytes`, once its length and format are sound and the whole batch is there.
    public static func header(of bytes: UnsafeRawBufferPointer) throws(RecordBatchError) -> RecordBatchHeader {
        // The magic stands at the same place in all formats, so an old batch is told apart from a short one.
        if bytes.count > RecordBatchHeader.Position.magic {
            let magic: Int8 = bytes.bigEndian(at: RecordBatchHeader.Position.magic)
            guard magic == RecordBatchHeader.magic else { throw .unsupportedMagic(magic) }
        }
        guard let header = RecordBatchHeader(bytes) else {
            throw .truncated(needed: RecordBatchHeader.byteCount, available: bytes.count)
        }
        guard header.batchLength >= Int32(RecordBatchHeader.byteCount - RecordBatchHeader.overhead) else {
            throw .badLength(header.batchLength)
        }
        guard header.totalByteCount <= bytes.count else {
            throw .truncated(needed: header.totalByteCount, available: bytes.count)
        }
        return header
    }

    /// Throws unless the checksum fits the bytes.
    public func validateChecksum() throws(RecordBatchError) {
        let computed = buffer.withUnsafeReadableBytes { raw in
            CRC32C.checksum(UnsafeRawBufferPointer(rebasing: raw[RecordBatchHeader.Position.attributes...]))
        }
        guard computed == header.checksum else {
            throw .checksumMismatch(stored: header.checksum, computed: computed)
        }
    }

    /// The bytes after the header: the records, compressed if the attributes say so.
    public var payload: ByteBuffer {
        buffer.getSlice(
            at: buffer.readerIndex + RecordBatchHeader.byteCount,
            length: buffer.readableBytes - RecordBatchHeader.byteCount) ?? ByteBuffer()
    }

    /// The records of an uncompressed batch.
    public var records: RecordSequence { records(from: payload) }

    /// The records of a batch whose payload has been decompressed to `payload`.
    public func records(from payload: ByteBuffer) -> RecordSequence { RecordSequence(payload: payload, header: header) }
}

/// Walks the batches that lie one behind the other in a buffer.
///
/// Ends at the end of the bytes; a batch that is cut off or malformed is thrown as an error, once.
public struct RecordBatchSequence: Sendable {
    private var rest: ByteBuffer

    public init(_ bytes: ByteBuffer) { rest = bytes }

    /// The next batch, or nil at the end.
    public mutating func next() throws(RecordBatchError) -> RecordBatch? {
        guard rest.readableBytes > 0 else { return nil }
        let batch: RecordBatch
        do { batch = try RecordBatch(rest) } catch {
            rest.clear()
            throw error
        }
        rest.moveReaderIndex(forwardBy: batch.buffer.readableBytes)
        return batch
    }
}
