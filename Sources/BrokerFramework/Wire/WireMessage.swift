public import BrokerPrimitives
public import NIOCore

/// A value with a versioned encoding of the Kafka protocol.
public protocol WireMessage: Equatable, Sendable {
    /// Kafka's name.
    static var messageName: String { get }
    static var validVersions: ClosedRange<Int16> { get }
    /// The first version with compact lengths and tagged fields, or nil.
    static var firstFlexibleVersion: Int16? { get }

    /// Reads the message's fields; `version` must be valid. Use `decode` from outside.
    init(from reader: inout WireReader, version: Int16) throws(WireError)

    /// Writes the message's fields; `version` must be valid. Use `encode` from outside.
    func encode(to writer: inout WireWriter, version: Int16) throws(WireError)
}

/// What a client sends.
public protocol WireRequest: WireMessage {
    associatedtype Response: WireResponse
    static var apiKey: APIKey { get }
}

/// What the broker answers.
public protocol WireResponse: WireMessage {
    static var apiKey: APIKey { get }
}

/// A response that can tell its client to wait (KIP-219).
public protocol ThrottledResponse: WireResponse {
    /// Milliseconds for which the client is not served; 0 if it has kept within its quotas.
    var throttleTimeMs: Int32 { get set }
}

/// A response with an error for the whole request, beside any for parts of it.
public protocol TopLevelErrorResponse: WireResponse {
    var errorCode: ErrorCode { get set }

    /// With this error and nothing else.
    init(topLevelError: ErrorCode)
}

extension WireMessage {
    public static func isFlexible(_ version: Int16) -> Bool {
        guard let first = firstFlexibleVersion else { return false }
        return version >= first
    }

    /// Reads a message that fills `buffer` to its end. Byte fields are slices of `buffer`.
    public static func decode(_ buffer: ByteBuffer, version: Int16) throws(WireError) -> Self {
        try checkVersion(version)
        do {
            return try WireReader.read(buffer) { reader throws(WireError) in
                let message = try Self(from: &reader, version: version)
                try reader.expectEnd()
                return message
            }
        } catch {
            throw error.inMessage(messageName, version: version)
        }
    }

    /// Reads a message from the front of `buffer` and moves its reader index behind it.
    public static func decode(consuming buffer: inout ByteBuffer, version: Int16) throws(WireError) -> Self {
        try checkVersion(version)
        var byteCount = 0
        do {
            let message = try WireReader.read(buffer) { reader throws(WireError) in
                let message = try Self(from: &reader, version: version)
                byteCount = reader.position
                return message
            }
            buffer.moveReaderIndex(forwardBy: byteCount)
            return message
        } catch {
            throw error.inMessage(messageName, version: version)
        }
    }

    private static func checkVersion(_ version: Int16) throws(WireError) {
        guard validVersions.contains(version) else {
            throw WireError(.unsupportedVersion, message: messageName, version: version)
        }
    }

    /// The encoded message as one buffer; fails when it contains a deferred payload.
    public func encode(version: Int16) throws(WireError) -> ByteBuffer {
        var writer = WireWriter(splicing: .never)
        try writer.message(self, version: version)
        return writer.copy()
    }
}
