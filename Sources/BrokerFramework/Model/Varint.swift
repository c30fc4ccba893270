/// Variable-length integers as records spell them: seven bits a byte, low bits first, zig-zag for the sign
/// (Protocol Buffers' encoding).
public enum Varint {
    /// The longest encoding of a 32-bit value.
    public static let maximumLength32 = 5
    /// The longest encoding of a 64-bit value.
    public static let maximumLength64 = 10

    /// Reads a zig-zag value at `position` and moves past it; nil if it does not end within `bytes` or is too long.
    @inline(__always)
    public static func readInt64(_ bytes: UnsafeRawBufferPointer, at position: inout Int) -> Int64? {
        var result: UInt64 = 0
        var shift: UInt64 = 0
        while position < bytes.count {
            let byte = bytes[position]
            position &+= 1
            if shift == 63 && byte > 1 { return nil }
            result |= UInt64(byte & 0x7F) &<< shift
            if byte < 0x80 { return Int64(bitPattern: result >> 1) ^ -Int64(bitPattern: result & 1) }
            shift &+= 7
            if shift > 63 { return nil }
        }
        return nil
    }

    /// The same for a value that must fit 32 bits.
    @inline(__always)
    public static func readInt32(_ bytes: UnsafeRawBufferPointer, at position: inout Int) -> Int32? {
        var result: UInt32 = 0
        var shift: UInt32 = 0
        while position < bytes.count {
            let byte = bytes[position]
            position &+= 1
            if shift == 28 && byte > 0xF { return nil }
            result |= UInt32(byte & 0x7F) &<< shift
            if byte < 0x80 { return Int32(bitPattern: result >> 1) ^ -Int32(bitPattern: result & 1) }
            shift &+= 7
            if shift > 28 { return nil }
        }
        return nil
    }

    /// How many bytes the zig-zag encoding of `value` takes, 1–10.
    public static func length(of value: Int64) -> Int {
        let bits = 64 - (zigZag(value) | 1).leadingZeroBitCount
        return (bits + 6) / 7
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

    private static func zigZag(_ value: Int64) -> UInt64 {
        UInt64(bitPattern: value &<< 1) ^ UInt64(bitPattern: value >> 63)
    }
}
