/// Where the parts of one record lie, in bytes from the start of the payload.
struct ParsedRecord {
    var timestampDelta: Int64
    var offsetDelta: Int32
    var key: Range<Int>?
    var value: Range<Int>?
    var headers: [(key: Range<Int>, value: Range<Int>?)]
}

/// Parses the record at `position` of a payload and moves behind it.
struct RecordParser {
    let index: Int
    var position: Int

    init(index: Int, position: Int) {
        self.index = index
        self.position = position
    }

    /// Everything but the headers' places, which are only counted through: what a check of the batch needs.
    struct Outline {
        var timestampDelta: Int64
        var offsetDelta: Int32
        var hasKey: Bool
    }

    mutating func outline(_ bytes: UnsafeRawBufferPointer) throws(RecordBatchError) -> Outline {
        let end = try begin(bytes)
        let (timestampDelta, offsetDelta) = try deltas(bytes)
        let key = try field(bytes, end: end, reason: .key)
        _ = try field(bytes, end: end, reason: .value)
        for _ in 0..<(try headerCount(bytes, end: end)) {
            guard try field(bytes, end: end, reason: .header) != nil else { throw bad(.header) }
            _ = try field(bytes, end: end, reason: .header)
        }
        guard position == end else { throw bad(.trailing) }
        return Outline(timestampDelta: timestampDelta, offsetDelta: offsetDelta, hasKey: key != nil)
    }

    mutating func parse(_ bytes: UnsafeRawBufferPointer) throws(RecordBatchError) -> ParsedRecord {
        let end = try begin(bytes)
        let (timestampDelta, offsetDelta) = try deltas(bytes)
        var record = ParsedRecord(
            timestampDelta: timestampDelta, offsetDelta: offsetDelta,
            key: try field(bytes, end: end, reason: .key), value: try field(bytes, end: end, reason: .value),
            headers: [])
        for _ in 0..<(try headerCount(bytes, end: end)) {
            guard let key = try field(bytes, end: end, reason: .header) else { throw bad(.header) }
            record.headers.append((key, try field(bytes, end: end, reason: .header)))
        }
        guard position == end else { throw bad(.trailing) }
        return record
    }

    private func bad(_ reason: RecordBatchError.Reason) -> RecordBatchError { .badRecord(index: index, reason: reason) }

    /// Reads the length and the attributes; answers where the record ends.
    @inline(__always)
    private mutating func begin(_ bytes: UnsafeRawBufferPointer) throws(RecordBatchError) -> Int {
        guard let length = Varint.readInt32(bytes, at: &position), length > 0,
            Int(length) <= bytes.count - position
        else { throw bad(.length) }
        let end = position + Int(length)
        position += 1
        guard position <= end else { throw bad(.attributes) }
        return end
    }

    @inline(__always)
    private mutating func deltas(
        _ bytes: UnsafeRawBufferPointer
    ) throws(RecordBatchError) -> (timestamp: Int64, offset: Int32) {
        guard let timestamp = Varint.readInt64(bytes, at: &position) else { throw bad(.timestampDelta) }
        guard let offset = Varint.readInt32(bytes, at: &position) else { throw bad(.offsetDelta) }
        return (timestamp, offset)
    }

    /// A length and as many bytes; nil for length −1.
    @inline(__always)
    private mutating func field(
        _ bytes: UnsafeRawBufferPointer, end: Int, reason: RecordBatchError.Reason
    ) throws(RecordBatchError) -> Range<Int>? {
        guard let length = Varint.readInt32(bytes, at: &position), length >= -1, position <= end else {
            throw bad(reason)
        }
        if length == -1 { return nil }
        guard Int(length) <= end - position else { throw bad(reason) }
        let range = position..<(position + Int(length))
        position = range.upperBound
        return range
    }

    /// A header takes at least two bytes, which bounds the count.
    @inline(__always)
    private mutating func headerCount(_ bytes: UnsafeRawBufferPointer, end: Int) throws(RecordBatchError) -> Int {
        guard let count = Varint.readInt32(bytes, at: &position), count >= 0, position <= end,
            Int(count) <= (end - position) / 2
        else { throw bad(.headerCount) }
        return Int(count)
    }
}
