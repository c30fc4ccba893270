public import NIOCore

/// The key of a coordinator's record. Its type stands in front of it.
public protocol WireCoordinatorKey: WireMessage {
    associatedtype Value: WireMessage
    static var recordType: Int16 { get }
}

/// Any record of one coordinator's log.
public protocol WireCoordinatorRecord: Equatable, Sendable {
    init(key: ByteBuffer, value: ByteBuffer?) throws(WireError)
    func encodedKey() throws(WireError) -> ByteBuffer
    /// nil for a record that deletes what its key names.
    func encodedValue(version: Int16) throws(WireError) -> ByteBuffer?
}

/// How keys and values of the coordinators' logs are framed: an `int16` stands in front, in keys the record's type, in
/// values the version.
public enum CoordinatorRecordFrame {
    /// The record type at the front of a key.
    public static func recordType(ofKey key: ByteBuffer) throws(WireError) -> Int16 { try prefix(of: key, "key") }

    public static func encodeKey<Key: WireCoordinatorKey>(_ key: Key) throws(WireError) -> ByteBuffer {
        try encode(prefix: Key.recordType, key, version: 0)
    }

    /// Reads a key of the given type; fails with `unknownType` when it is of another.
    public static func decodeKey<Key: WireCoordinatorKey>(
        _ type: Key.Type, _ buffer: ByteBuffer
    ) throws(WireError) -> Key {
        let number = try recordType(ofKey: buffer)
        guard number == Key.recordType else { throw unknownType(number) }
        return try decode(type, buffer, version: 0)
    }

    /// Encodes a value behind its version. Also the form of the consumer protocol and of transaction markers.
    public static func encodeValue<Value: WireMessage>(_ value: Value, version: Int16) throws(WireError) -> ByteBuffer {
        try encode(prefix: version, value, version: version)
    }

    public static func encodeValue<Value: WireMessage>(
        _ value: Value?, version: Int16
    ) throws(WireError) -> ByteBuffer? {
        guard let value else { return nil }
        return try encode(prefix: version, value, version: version)
    }

    /// Reads a value in the version that stands in front of it.
    public static func decodeValue<Value: WireMessage>(
        _ type: Value.Type, _ buffer: ByteBuffer
    ) throws(WireError) -> Value {
        try decode(type, buffer, version: prefix(of: buffer, Value.messageName))
    }

    public static func decodeValue<Value: WireMessage>(
        _ type: Value.Type, _ buffer: ByteBuffer?
    ) throws(WireError) -> Value? {
        guard let buffer else { return nil }
        return try decode(type, buffer, version: prefix(of: buffer, Value.messageName))
    }

    package static func unknownType(_ type: Int16) -> WireError {
        WireError(.unknownType(Int(type)), message: "coordinator record", version: 0)
    }

    // MARK: The parts

    private static func prefix(of buffer: ByteBuffer, _ name: String) throws(WireError) -> Int16 {
        do {
            return try WireReader.read(buffer) { reader throws(WireError) in try reader.int16("prefix") }
        } catch {
            throw error.inMessage(name, version: -1)
        }
    }

    private static func decode<Message: WireMessage>(
        _ type: Message.Type, _ buffer: ByteBuffer, version: Int16
    ) throws(WireError) -> Message {
        var body = buffer
        body.moveReaderIndex(forwardBy: 2)
        return try Message.decode(body, version: version)
    }

    private static func encode(
        prefix: Int16, _ message: some WireMessage, version: Int16
    ) throws(WireError) -> ByteBuffer {
        var writer = WireWriter(splicing: .never)
        writer.int16(prefix)
        try writer.message(message, version: version)
        return writer.copy()
    }
}
