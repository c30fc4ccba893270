package import BrokerPrimitives
package import NIOCore

/// Reads the primitive values of the Kafka protocol from the readable bytes of one buffer.
///
/// Nothing in the bytes can make it trap. It holds a pointer into the buffer, so it lives only inside `read`.
public struct WireReader: ~Copyable {
    private let bytes: UnsafeRawBufferPointer
    let buffer: ByteBuffer
    /// How many bytes have been read.
    package private(set) var position = 0
    /// Where the current tagged field ends, or the buffer.
    var end: Int
    /// How much memory the decoded message may still take for array elements and tagged fields.
    var memoryBudget: Int

    /// A decoded message may take this many times its size on the wire. Real ones stay below half of it; only long arrays
    /// of structs with empty or one-letter strings come near.
    private static let memoryFactor = 16
    private static let memoryAllowance = 65_536

    private init(_ bytes: UnsafeRawBufferPointer, of buffer: ByteBuffer) {
        self.bytes = bytes
        self.buffer = buffer
        end = bytes.count
        memoryBudget = bytes.count &* Self.memoryFactor &+ Self.memoryAllowance
    }

    /// Lets `body` read the readable bytes of `buffer`.
    package static func read<Result>(
        _ buffer: ByteBuffer, _ body: (inout WireReader) throws(WireError) -> Result
    ) throws(WireError) -> Result {
        try buffer.withUnsafeReadableBytes { bytes throws(WireError) in
            var reader = WireReader(bytes, of: buffer)
            return try body(&reader)
        }
    }

    package var remaining: Int { end &- position }

    package func expectEnd() throws(WireError) {
        if position != end { throw failure(.trailingBytes(end &- position), "") }
    }

    @inline(never)
    func failure(_ reason: WireError.Reason, _ field: StaticString) -> WireError {
        WireError(reason, field: field.description, position: position)
    }

    @inline(never)
    func truncated(_ field: StaticString, needed: Int) -> WireError {
        failure(.truncated(needed: needed, available: remaining), field)
    }

    // MARK: Fixed width

    // These and most functions below are kept out of line. Generated code calls them thousands of times: a call costs a
    // nanosecond, while inlining them costs half a minute of every release build.

    @inline(__always)
    private mutating func load<Value: FixedWidthInteger & BitwiseCopyable>(
        _ field: StaticString
    ) throws(WireError) -> Value {
        let size = MemoryLayout<Value>.size
        guard remaining >= size else { throw truncated(field, needed: size) }
        let value = bytes.loadUnaligned(fromByteOffset: position, as: Value.self)
        position &+= size
        return Value(bigEndian: value)
    }

    /// Any byte but zero is true.
    @inline(never)
    package mutating func bool(_ field: StaticString) throws(WireError) -> Bool { try load(field) as Int8 != 0 }

    @inline(never)
    package mutating func int8(_ field: StaticString) throws(WireError) -> Int8 { try load(field) }

    @inline(never)
    package mutating func int16(_ field: StaticString) throws(WireError) -> Int16 { try load(field) }

    @inline(never)
    package mutating func uint16(_ field: StaticString) throws(WireError) -> UInt16 { try load(field) }

    @inline(never)
    package mutating func int32(_ field: StaticString) throws(WireError) -> Int32 { try load(field) }

    @inline(never)
    package mutating func int64(_ field: StaticString) throws(WireError) -> Int64 { try load(field) }

    @inline(never)
    package mutating func float64(_ field: StaticString) throws(WireError) -> Double {
        Double(bitPattern: try load(field))
    }

    @inline(never)
    package mutating func errorCode(_ field: StaticString) throws(WireError) -> ErrorCode {
        ErrorCode(rawValue: try load(field))
    }

    @inline(never)
    package mutating func uuid(_ field: StaticString) throws(WireError) -> KafkaUUID {
        guard remaining >= 16 else { throw truncated(field, needed: 16) }
        let high: UInt64 = try load(field)
        let low: UInt64 = try load(field)
        return KafkaUUID(high: high, low: low)
    }

    // MARK: Lengths

    /// Seven bits to a byte, low ones first, at most 32 bits in all.
    @inline(never)
    package mutating func unsignedVarint(_ field: StaticString) throws(WireError) -> UInt32 {
        var value: UInt32 = 0
        var shift: UInt32 = 0
        while true {
            let byte: UInt8 = try load(field)
            if shift == 28, byte > 0x0F { throw failure(.malformedVarint, field) }
            value |= UInt32(byte & 0x7F) &<< shift
            if byte < 0x80 { return value }
            shift &+= 7
        }
    }

    /// A length in either style; -1 is null.
    @inline(__always)
    private mutating func length(_ field: StaticString, flexible: Bool, short: Bool) throws(WireError) -> Int {
        if flexible { return Int(try unsignedVarint(field)) &- 1 }
        let length = short ? Int(try int16(field)) : Int(try int32(field))
        if length < -1 { throw failure(.negativeLength(length), field) }
        return length
    }

    /// Reads a length and makes sure that as many bytes are there; nil is null.
    @inline(never)
    private mutating func extent(_ field: StaticString, flexible: Bool, short: Bool = false) throws(WireError) -> Int? {
        let length = try length(field, flexible: flexible, short: short)
        if length < 0 { return nil }
        guard length <= remaining else { throw truncated(field, needed: length) }
        return length
    }

    // MARK: Strings and bytes

    @inline(never)
    package mutating func string(_ field: StaticString, flexible: Bool) throws(WireError) -> String {
        guard let value = try nullableString(field, flexible: flexible) else { throw failure(.unexpectedNull, field) }
        return value
    }

    @inline(never)
    package mutating func nullableString(_ field: StaticString, flexible: Bool) throws(WireError) -> String? {
        guard let length = try extent(field, flexible: flexible, short: true) else { return nil }
        // A compact length could say more, but no string may be longer, or it could not be written in other versions.
        guard length <= Int(Int16.max) else { throw failure(.tooLong(length), field) }
        let range = UnsafeRawBufferPointer(rebasing: bytes[position..<position &+ length])
        guard let string = String(validating: range, as: UTF8.self) else { throw failure(.invalidUTF8, field) }
        position &+= length
        return string
    }

    /// The next `length` bytes, which must be there, as a slice of the buffer.
    @inline(never)
    mutating func slice(_ length: Int, _ field: StaticString) throws(WireError) -> ByteBuffer {
        guard let slice = buffer.getSlice(at: buffer.readerIndex &+ position, length: length) else {
            throw truncated(field, needed: length)
        }
        position &+= length
        return slice
    }

    @inline(never)
    package mutating func bytes(_ field: StaticString, flexible: Bool) throws(WireError) -> ByteBuffer {
        guard let value = try nullableBytes(field, flexible: flexible) else { throw failure(.unexpectedNull, field) }
        return value
    }

    @inline(never)
    package mutating func nullableBytes(_ field: StaticString, flexible: Bool) throws(WireError) -> ByteBuffer? {
        guard let length = try extent(field, flexible: flexible) else { return nil }
        return try slice(length, field)
    }

    @inline(never)
    package mutating func records(_ field: StaticString, flexible: Bool) throws(WireError) -> RecordsPayload {
        .bytes(try bytes(field, flexible: flexible))
    }

    @inline(never)
    package mutating func nullableRecords(_ field: StaticString, flexible: Bool) throws(WireError) -> RecordsPayload? {
        try nullableBytes(field, flexible: flexible).map(RecordsPayload.bytes)
    }

    // MARK: Structs and arrays

    @inline(never)
    package mutating func structure<Value: WireElement>(
        _ field: StaticString, version: Int16, flexible: Bool
    ) throws(WireError) -> Value {
        do {
            return try Value(from: &self, version: version, flexible: flexible)
        } catch {
            throw error.within(field)
        }
    }

    /// A byte below zero stands for null, any other for a struct that follows (KIP-893).
    @inline(never)
    package mutating func nullableStructure<Value: WireElement>(
        _ field: StaticString, version: Int16, flexible: Bool
    ) throws(WireError) -> Value? {
        if try int8(field) < 0 { return nil }
        return try structure(field, version: version, flexible: flexible)
    }

    @inline(never)
    package mutating func nullableTaggedStructure<Value: WireElement>(
        _ field: StaticString, version: Int16, flexible: Bool
    ) throws(WireError) -> Value? {
        if try unsignedVarint(field) == 0 { return nil }
        return try structure(field, version: version, flexible: flexible)
    }

    @inline(never)
    package mutating func array<Element: WireElement>(
        _ field: StaticString, version: Int16, flexible: Bool
    ) throws(WireError) -> [Element] {
        let value: [Element]? = try nullableArray(field, version: version, flexible: flexible)
        guard let value else { throw failure(.unexpectedNull, field) }
        return value
    }

    @inline(never)
    package mutating func nullableArray<Element: WireElement>(
        _ field: StaticString, version: Int16, flexible: Bool
    ) throws(WireError) -> [Element]? {
        let count = try length(field, flexible: flexible, short: false)
        if count <= 0 { return count < 0 ? nil : [] }
        guard count <= remaining else { throw failure(.excessiveCount(count), field) }
        // More than fit cannot be read, and the error comes from the element that ends too early.
        let fitting = min(count, remaining / Element.minimumByteCount)
        try charge(fitting, MemoryLayout<Element>.stride, field)
        var elements: [Element] = []
        elements.reserveCapacity(fitting)
        for index in 0..<count {
            do {
                elements.append(try Element(from: &self, version: version, flexible: flexible))
            } catch {
                throw error.within(field, index: index)
            }
        }
        return elements
    }

    @inline(never)
    mutating func charge(_ count: Int, _ size: Int, _ field: StaticString) throws(WireError) {
        let (cost, overflow) = count.multipliedReportingOverflow(by: size)
        guard !overflow, cost <= memoryBudget else { throw failure(.excessiveMemory, field) }
        memoryBudget &-= cost
    }
}
