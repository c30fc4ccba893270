package import BrokerPrimitives
package import NIOCore

/// Writes the primitive values of the Kafka protocol into memory of its own that grows and is used again.
public struct WireWriter: ~Copyable {
    /// What happens to record payloads.
    package enum Splicing: Sendable {
        /// They are copied; one that is not in memory fails the message.
        case never
        /// Deferred ones, and ones in memory of at least so many bytes, are left out, and their places remembered.
        case from(byteCount: Int)
    }

    var memory: UnsafeMutableRawPointer
    private var capacity: Int
    /// How many bytes have been written, without spliced payloads.
    package internal(set) var count = 0
    package private(set) var splices: [EncodedBytes.Splice] = []
    /// The size of all payloads left out so far.
    package private(set) var splicedByteCount = 0
    /// The error codes written, without those that say there is none: what an answer tells of failures.
    package private(set) var errorCodes: [ErrorCode] = []
    private let splicing: Splicing

    package init(splicing: Splicing, capacity: Int = 512) {
        self.splicing = splicing
        self.capacity = max(capacity, 16)
        memory = .allocate(byteCount: self.capacity, alignment: 16)
    }

    deinit { memory.deallocate() }

    /// The written bytes in a buffer of their own.
    package func copy() -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        buffer.writeBytes(UnsafeRawBufferPointer(start: memory, count: count))
        return buffer
    }

    /// Forgets everything, keeping the memory unless it has grown beyond `limit`.
    package mutating func reset(keeping limit: Int = 1 << 20) {
        rewind(to: Mark(count: 0, splices: 0, splicedByteCount: 0, errorCodes: 0))
        guard capacity > limit else { return }
        memory.deallocate()
        capacity = 512
        memory = .allocate(byteCount: capacity, alignment: 16)
    }

    /// A state of the writer to go back to.
    package struct Mark {
        fileprivate let count: Int
        fileprivate let splices: Int
        fileprivate let splicedByteCount: Int
        fileprivate let errorCodes: Int
    }

    package var mark: Mark {
        Mark(
            count: count, splices: splices.count, splicedByteCount: splicedByteCount, errorCodes: errorCodes.count)
    }

    package mutating func rewind(to mark: Mark) {
        count = mark.count
        splices.removeLast(splices.count - mark.splices)
        splicedByteCount = mark.splicedByteCount
        errorCodes.removeLast(errorCodes.count - mark.errorCodes)
    }

    /// Writes a whole message, and names it in errors.
    package mutating func message<Message: WireMessage>(_ message: Message, version: Int16) throws(WireError) {
        guard Message.validVersions.contains(version) else {
            throw WireError(.unsupportedVersion, message: Message.messageName, version: version)
        }
        do {
            try message.encode(to: &self, version: version)
        } catch {
            throw error.inMessage(Message.messageName, version: version)
        }
    }

    // MARK: Errors

    @inline(never)
    package static func unrepresentable(_ field: StaticString) -> WireError {
        WireError(.unrepresentable, field: field.description)
    }

    package static func required<Value>(_ value: Value?, _ field: StaticString) throws(WireError) -> Value {
        guard let value else { throw WireError(.unexpectedNull, field: field.description) }
        return value
    }

    @inline(never)
    private static func tooLong(_ length: Int, _ field: StaticString) -> WireError {
        WireError(.tooLong(length), field: field.description)
    }

    // MARK: Memory

    @inline(never)
    private mutating func grow(by byteCount: Int) {
        let larger = max(capacity * 2, count + byteCount)
        let new = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        new.copyMemory(from: memory, byteCount: count)
        memory.deallocate()
        memory = new
        capacity = larger
    }

    @inline(__always)
    mutating func reserve(_ byteCount: Int) {
        if capacity &- count < byteCount { grow(by: byteCount) }
    }

    @inline(__always)
    mutating func store<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
        let size = MemoryLayout<Value>.size
        reserve(size)
        memory.storeBytes(of: value.bigEndian, toByteOffset: count, as: Value.self)
        count &+= size
    }

    /// Appends bytes as they are.
    @inline(never)
    package mutating func raw(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, bytes.count > 0 else { return }
        reserve(bytes.count)
        (memory + count).copyMemory(from: start, byteCount: bytes.count)
        count &+= bytes.count
    }

    /// Overwrites four bytes written earlier.
    package mutating func patch(_ value: Int32, at position: Int) {
        precondition(position >= 0 && position <= count - 4, "patch outside of what was written")
        memory.storeBytes(of: value.bigEndian, toByteOffset: position, as: Int32.self)
    }

    // MARK: Fixed width

    // Kept out of line for the sake of build time, as in `WireReader`.

    @inline(never)
    package mutating func bool(_ value: Bool) { store(value ? Int8(1) : Int8(0)) }

    @inline(never)
    package mutating func int8(_ value: Int8) { store(value) }

    @inline(never)
    package mutating func int16(_ value: Int16) { store(value) }

    @inline(never)
    package mutating func uint16(_ value: UInt16) { store(value) }

    @inline(never)
    package mutating func int32(_ value: Int32) { store(value) }

    @inline(never)
    package mutating func int64(_ value: Int64) { store(value) }

    @inline(never)
    package mutating func float64(_ value: Double) { store(value.bitPattern) }

    @inline(never)
    package mutating func errorCode(_ value: ErrorCode) {
        store(value.rawValue)
        if value != .none { errorCodes.append(value) }
    }

    @inline(never)
    package mutating func uuid(_ value: KafkaUUID) {
        store(value.high)
        store(value.low)
    }

    // MARK: Lengths

    @inline(never)
    package mutating func unsignedVarint(_ value: UInt32) {
        var rest = value
        while rest >= 0x80 {
            store(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        store(UInt8(truncatingIfNeeded: rest))
    }

    /// A length in either style; -1 is null.
    @inline(never)
    mutating func length(
        _ length: Int, _ field: StaticString, flexible: Bool, short: Bool
    ) throws(WireError) {
        let limit = short ? Int(Int16.max) : Int(Int32.max)
        guard length <= limit else { throw Self.tooLong(length, field) }
        if flexible {
            unsignedVarint(UInt32(length &+ 1))
        } else if short {
            store(Int16(length))
        } else {
            store(Int32(length))
        }
    }

    // MARK: Strings and bytes

    @inline(never)
    package mutating func string(_ value: String, _ field: StaticString, flexible: Bool) throws(WireError) {
        let utf8 = value.utf8
        try length(utf8.count, field, flexible: flexible, short: true)
        if utf8.withContiguousStorageIfAvailable({ raw(UnsafeRawBufferPointer($0)) }) == nil {
            Array(utf8).withUnsafeBytes { raw($0) }
        }
    }

    @inline(never)
    package mutating func nullableString(_ value: String?, _ field: StaticString, flexible: Bool) throws(WireError) {
        guard let value else { return try length(-1, field, flexible: flexible, short: true) }
        guard value.utf8.count > Int(Int16.max), Self.isMessage(field) else {
            return try string(value, field, flexible: flexible)
        }
        try string(Self.cut(value), field, flexible: flexible)
    }

    /// Whether a field is a sentence for people, which is better cut than not sent.
    private static func isMessage(_ field: StaticString) -> Bool { field.description.hasSuffix("ErrorMessage") }

    /// The beginning of a sentence that is too long for a string.
    private static func cut(_ sentence: String) -> String {
        let ellipsis = "…"
        let bytes = sentence.utf8
        var end = bytes.index(bytes.startIndex, offsetBy: Int(Int16.max) - ellipsis.utf8.count)
        while end.samePosition(in: sentence.unicodeScalars) == nil { bytes.formIndex(before: &end) }
        return String(sentence[..<end]) + ellipsis
    }

    @inline(never)
    package mutating func bytes(_ value: ByteBuffer, _ field: StaticString, flexible: Bool) throws(WireError) {
        try length(value.readableBytes, field, flexible: flexible, short: false)
        value.withUnsafeReadableBytes { raw($0) }
    }

    @inline(never)
    package mutating func nullableBytes(_ value: ByteBuffer?, _ field: StaticString, flexible: Bool) throws(WireError) {
        guard let value else { return try length(-1, field, flexible: flexible, short: false) }
        try bytes(value, field, flexible: flexible)
    }

    @inline(never)
    package mutating func records(_ value: RecordsPayload, _ field: StaticString, flexible: Bool) throws(WireError) {
        switch (value, splicing) {
        case (.bytes(let buffer), .never): return try bytes(buffer, field, flexible: flexible)
        case (.bytes(let buffer), .from(let least)) where buffer.readableBytes < least:
            return try bytes(buffer, field, flexible: flexible)
        case (.deferred, .never): throw WireError(.deferredPayload, field: field.description)
        default: break
        }
        precondition(value.byteCount >= 0, "a payload of negative size")
        try length(value.byteCount, field, flexible: flexible, short: false)
        splices.append(EncodedBytes.Splice(offset: count, payload: value))
        splicedByteCount += value.byteCount
    }

    @inline(never)
    package mutating func nullableRecords(
        _ value: RecordsPayload?, _ field: StaticString, flexible: Bool
    ) throws(WireError) {
        guard let value else { return try length(-1, field, flexible: flexible, short: false) }
        try records(value, field, flexible: flexible)
    }
}
