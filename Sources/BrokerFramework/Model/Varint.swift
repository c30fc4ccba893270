/// Variable-length integers as records spell them: seven bits a byte, low bits first, zig-zag for the sign
/// (Protocol Buffers' encoding).
public enum Varint {
    /// The longest encoding of a 32-bit value.
    public static let maximumLength32 = 5
    /// The longest encoding of a 64-bit value.
    public static let maximumLength64 = 10

    /// Reads a zig-zag value at `position` and moves past it; nil if it does not end within `bytes`, or has more bytes
    /// or bits than a 64-bit value can have. More bytes than needed are fine, as in Kafka.
    @inline(__always)
    public static func readInt64(_ bytes: UnsafeRawBufferPointer, at position: inout Int) -> Int64? {
        readInt64(bytes, at: &position, end: bytes.count)
    }

    /// The same for a value that must fit 32 bits.
    @inline(__always)
    public static func readInt32(_ bytes: UnsafeRawBufferPointer, at position: inout Int) -> Int32? {
        readInt32(bytes, at: &position, end: bytes.count)
    }

    /// The same, but no byte at or behind `end` is read.
    ///
    /// - Precondition: `end` is at most `bytes.count`.
    @inline(__always)
    static func readInt64(_ bytes: UnsafeRawBufferPointer, at position: inout Int, end: Int) -> Int64? {
        guard position < end else { return nil }
        let first = bytes[position]
        // Nearly all values of a record take one byte or two, so those are read in place.
        if first < 0x80 {
            position &+= 1
            return Int64(first &>> 1) ^ -Int64(first & 1)
        }
        if position &+ 1 < end, bytes[position &+ 1] < 0x80 {
            let value = UInt64(first & 0x7F) | UInt64(bytes[position &+ 1]) &<< 7
            position &+= 2
            return unZigZag(value)
        }
        let long = readLong(bytes, from: position, end: end, bits: 64)
        position = long.next
        return long.value.map(unZigZag)
    }

    @inline(__always)
    static func readInt32(_ bytes: UnsafeRawBufferPointer, at position: inout Int, end: Int) -> Int32? {
        guard position < end else { return nil }
        let first = bytes[position]
        if first < 0x80 {
            position &+= 1
            return Int32(first &>> 1) ^ -Int32(first & 1)
        }
        if position &+ 1 < end, bytes[position &+ 1] < 0x80 {
            let value = UInt64(first & 0x7F) | UInt64(bytes[position &+ 1]) &<< 7
            position &+= 2
            return Int32(truncatingIfNeeded: unZigZag(value))
        }
        let long = readLong(bytes, from: position, end: end, bits: 32)
        position = long.next
        return long.value.map { Int32(truncatingIfNeeded: unZigZag($0)) }
    }

    /// Reads an unsigned value of at most `bits` bits; answers where it ends, too. (Were the position handed in to be
    /// changed, it would have to live in memory, in all loops that read numbers.)
    @inline(never)
    private static func readLong(
        _ bytes: UnsafeRawBufferPointer, from start: Int, end: Int, bits: UInt64
    ) -> (value: UInt64?, next: Int) {
        var position = start
        var result: UInt64 = 0
        var shift: UInt64 = 0
        while position < end, shift < bits {
            let byte = bytes[position]
            position &+= 1
            let part = UInt64(byte & 0x7F)
            // The last byte has room for fewer than seven bits.
            if shift &+ 7 > bits && part &>> (bits &- shift) != 0 { break }
            result |= part &<< shift
            if byte < 0x80 { return (result, position) }
            shift &+= 7
        }
        return (nil, position)
    }

    /// How many bytes the zig-zag encoding of `value` takes, 1–10.
    @inline(__always)
    public static func length(of value: Int64) -> Int {
        let bits = 64 &- (zigZag(value) | 1).leadingZeroBitCount
        // (bits + 6) / 7 for 1…64, without a division.
        return (bits &* 9 &+ 64) &>> 6
    }

    /// Appends the zig-zag encoding of `value`.
    public static func write(_ value: Int64, to bytes: inout [UInt8]) {
        var rest = zigZag(value)
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// Stores the zig-zag encoding of `value` at `position` and moves past it.
    ///
    /// - Precondition: it fits the buffer.
    @inline(__always)
    static func store(_ value: Int64, to bytes: UnsafeMutableRawBufferPointer, at position: inout Int) {
        var rest = zigZag(value)
        while rest >= 0x80 {
            bytes[position] = UInt8(truncatingIfNeeded: rest) | 0x80
            position &+= 1
            rest &>>= 7
        }
        bytes[position] = UInt8(truncatingIfNeeded: rest)
        position &+= 1
    }

    @inline(__always)
    private static func zigZag(_ value: Int64) -> UInt64 {
        UInt64(bitPattern: value &<< 1) ^ UInt64(bitPattern: value &>> 63)
    }

    @inline(__always)
    private static func unZigZag(_ value: UInt64) -> Int64 {
        Int64(bitPattern: value &>> 1) ^ -Int64(bitPattern: value & 1)
    }
}
