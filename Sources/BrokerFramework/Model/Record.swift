public import NIOCore

/// One record of a batch. Key, value and header values are slices of the batch's bytes.
public struct Record: Hashable, Sendable {
    public var offset: Offset
    public var timestamp: Timestamp
    public var key: ByteBuffer?
    /// Nil for a tombstone, which deletes its key from a compacted topic.
    public var value: ByteBuffer?
    public var headers: [Header]

    public init(
        offset: Offset = 0, timestamp: Timestamp = -1, key: ByteBuffer? = nil, value: ByteBuffer?,
        headers: [Header] = []
    ) {
        self.offset = offset
        self.timestamp = timestamp
        self.key = key
        self.value = value
        self.headers = headers
    }

    /// A name and a value beside the record's own; names may repeat.
    public struct Header: Hashable, Sendable {
        public var key: String
        public var value: ByteBuffer?

        public init(key: String, value: ByteBuffer?) {
            self.key = key
            self.value = value
        }
    }
}

/// Walks the records of a batch.
///
/// A malformed record is thrown as an error and ends the walk; bytes are never read beyond the payload.
public struct RecordSequence: Sendable {
    private let payload: ByteBuffer
    private let header: RecordBatchHeader
    private var position = 0
    private var index = 0

    init(payload: ByteBuffer, header: RecordBatchHeader) {
        self.payload = payload
        self.header = header
    }

    /// The next record, or nil after the last.
    public mutating func next() throws(RecordBatchError) -> Record? {
        guard index < Int(header.recordCount) else {
            if header.recordCount < 0 { throw .badRecordCount(header.recordCount) }
            if position < payload.readableBytes { throw .trailingBytes(payload.readableBytes - position) }
            return nil
        }
        if position >= payload.readableBytes { throw .badRecordCount(header.recordCount) }
        let record = try payload.withUnsafeReadableBytes { raw throws(RecordBatchError) in try parse(raw) }
        index += 1
        return record
    }

    /// All records that are left.
    public mutating func collect() throws(RecordBatchError) -> [Record] {
        var all: [Record] = []
        all.reserveCapacity(min(Int(max(header.recordCount, 0)), payload.readableBytes / 7 + 1))
        while let record = try next() { all.append(record) }
        return all
    }

    private mutating func parse(_ bytes: UnsafeRawBufferPointer) throws(RecordBatchError) -> Record {
        var parser = try RecordParser(bytes, index: index, position: position)
        let timestampDelta = try parser.timestampDelta()
        let offsetDelta = try parser.offsetDelta()
        let key = try parser.field(.key)
        let value = try parser.field(.value)
        var headers: [Record.Header] = []
        let headerCount = try parser.headerCount()
        if headerCount > 0 {
            headers.reserveCapacity(headerCount)
            for _ in 0..<headerCount {
                let name = try parser.headerKey()
                headers.append(
                    Record.Header(
                        key: String(decoding: UnsafeRawBufferPointer(rebasing: bytes[name]), as: UTF8.self),
                        value: slice(try parser.field(.header))))
            }
        }
        try parser.finish()
        position = parser.end
        return Record(
            offset: header.baseOffset &+ Offset(offsetDelta),
            timestamp: header.attributes.contains(.logAppendTime)
                ? header.maxTimestamp : header.baseTimestamp &+ timestampDelta,
            key: slice(key), value: slice(value), headers: headers)
    }

    private func slice(_ range: Range<Int>?) -> ByteBuffer? {
        guard let range else { return nil }
        return payload.getSlice(at: payload.readerIndex + range.lowerBound, length: range.count)
    }
}
