/// Walks through the fields of one record.
///
/// No byte outside of the record is read, and each step throws with the record's index and the reason if it is not
/// what it should be. The steps must be taken in the order in which the fields stand.
struct RecordParser {
    private let bytes: UnsafeRawBufferPointer
    private let index: Int
    /// Where the record ends, in bytes from the start of the payload.
    let end: Int
    private var position: Int

    /// Reads the length and skips the attributes of the record at `position`.
    @inline(__always)
    init(_ bytes: UnsafeRawBufferPointer, index: Int, position start: Int) throws(RecordBatchError) {
        var position = start
        // As an unsigned number a negative length is larger than any room.
        guard let length = Varint.readInt32(bytes, at: &position, end: bytes.count),
            UInt(bitPattern: Int(length)) <= UInt(bitPattern: bytes.count &- position)
        else { throw .badRecord(index: index, reason: .length) }
        guard length != 0 else { throw .badRecord(index: index, reason: .attributes) }
        self.bytes = bytes
        self.index = index
        self.end = position &+ Int(length)
        self.position = position &+ 1
    }

    @inline(__always)
    mutating func timestampDelta() throws(RecordBatchError) -> Int64 {
        guard let delta = Varint.readInt64(bytes, at: &position, end: end) else { throw bad(.timestampDelta) }
        return delta
    }

    @inline(__always)
    mutating func offsetDelta() throws(RecordBatchError) -> Int32 {
        guard let delta = Varint.readInt32(bytes, at: &position, end: end) else { throw bad(.offsetDelta) }
        return delta
    }

    /// A length and as many bytes: a key, a value, or one of them in a header. Nil for length −1.
    @inline(__always)
    mutating func field(_ reason: RecordBatchError.Reason) throws(RecordBatchError) -> Range<Int>? {
        guard let length = Varint.readInt32(bytes, at: &position, end: end) else { throw bad(reason) }
        guard UInt(bitPattern: Int(length)) <= UInt(bitPattern: end &- position) else {
            guard length == -1 else { throw bad(reason) }
            return nil
        }
        let start = position
        position &+= Int(length)
        return Range(uncheckedBounds: (start, position))
    }

    /// The number of headers. A header takes at least two bytes, which bounds it.
    @inline(__always)
    mutating func headerCount() throws(RecordBatchError) -> Int {
        guard let count = Varint.readInt32(bytes, at: &position, end: end),
            UInt(bitPattern: Int(count)) <= UInt(bitPattern: end &- position) / 2
        else { throw bad(.headerCount) }
        return Int(count)
    }

    /// A header's key, which must not be null.
    @inline(__always)
    mutating func headerKey() throws(RecordBatchError) -> Range<Int> {
        guard let key = try field(.header) else { throw bad(.header) }
        return key
    }

    /// Checks that the record ends here.
    @inline(__always)
    func finish() throws(RecordBatchError) {
        guard position == end else { throw bad(.trailing) }
    }

    private func bad(_ reason: RecordBatchError.Reason) -> RecordBatchError { .badRecord(index: index, reason: reason) }
}
