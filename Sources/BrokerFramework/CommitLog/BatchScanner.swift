internal import BrokerModel
internal import BrokerPluginAPI
internal import NIOCore

/// Walks the batches of a segment's file, header by header, reading ahead in pieces.
struct BatchScanner {
    /// What stands at a position.
    enum Step {
        case batch(RecordBatchHeader, position: Int)
        /// The limit is reached.
        case end
        /// No batch, or a part of one: what is wrong with it.
        case broken(RecordBatchError, position: Int)
    }

    private let file: any StorageFile
    private let limit: Int
    private let pieceSize: Int
    private(set) var position: Int
    private var piece = ByteBuffer()
    private var pieceStart = 0

    /// - Parameters:
    ///   - limit: where to stop; bytes beyond do not count.
    ///   - pieceSize: how much to read at a time.
    init(_ file: any StorageFile, from position: Int, limit: Int, pieceSize: Int = 8192) {
        self.file = file
        self.position = position
        self.limit = limit
        self.pieceSize = pieceSize
    }

    /// The header at the position, which then moves behind the batch; only bytes up to the limit count.
    mutating func next() throws(StorageError) -> Step {
        guard position < limit else { return .end }
        let available = limit - position
        let header: RecordBatchHeader
        do { header = try self.header() } catch {
            switch error {
            case .storage(let error): throw error
            case .batch(let error): return .broken(error, position: position)
            }
        }
        guard header.totalByteCount <= available else {
            return .broken(.truncated(needed: header.totalByteCount, available: available), position: position)
        }
        defer { position += header.totalByteCount }
        return .batch(header, position: position)
    }

    /// All bytes of a batch that `next()` gave.
    mutating func bytes(of header: RecordBatchHeader, at position: Int) throws(StorageError) -> ByteBuffer {
        let length = header.totalByteCount
        if let slice = held(position, length) { return slice }
        try fill(at: position, count: max(length, min(pieceSize, limit - position)))
        return held(position, length) ?? ByteBuffer()
    }

    /// Goes to another position.
    mutating func move(to position: Int) { self.position = position }

    private enum Failure: Error {
        case storage(StorageError)
        case batch(RecordBatchError)
    }

    private mutating func header() throws(Failure) -> RecordBatchHeader {
        let wanted = min(RecordBatchHeader.byteCount, limit - position)
        if held(position, wanted) == nil {
            do { try fill(at: position, count: min(pieceSize, limit - position)) } catch { throw .storage(error) }
        }
        guard let bytes = held(position, min(wanted, piece.readableBytes)) else {
            throw .batch(.truncated(needed: RecordBatchHeader.byteCount, available: 0))
        }
        return try bytes.withUnsafeReadableBytes { raw throws(Failure) in
            if raw.count > RecordBatchHeader.Position.magic {
                let magic: Int8 = raw.bigEndian(at: RecordBatchHeader.Position.magic)
                if magic != RecordBatchHeader.magic { throw .batch(.unsupportedMagic(magic)) }
            }
            guard let header = RecordBatchHeader(raw) else {
                throw .batch(.truncated(needed: RecordBatchHeader.byteCount, available: raw.count))
            }
            guard header.batchLength >= Int32(RecordBatchHeader.byteCount - RecordBatchHeader.overhead) else {
                throw .batch(.badLength(header.batchLength))
            }
            guard header.lastOffsetDelta >= 0, header.baseOffset >= 0,
                !header.baseOffset.addingReportingOverflow(Offset(header.lastOffsetDelta) + 1).overflow
            else { throw .batch(.badLastOffsetDelta(header.lastOffsetDelta)) }
            return header
        }
    }

    private func held(_ position: Int, _ count: Int) -> ByteBuffer? {
        guard position >= pieceStart else { return nil }
        return piece.getSlice(at: piece.readerIndex + position - pieceStart, length: count)
    }

    private mutating func fill(at position: Int, count: Int) throws(StorageError) {
        piece = try file.read(at: Int64(position), count: count)
        pieceStart = position
    }
}
