public import NIOCore

/// A run of record batches inside a message: bytes in memory, or a promise that they will be sent from elsewhere.
public enum RecordsPayload: Equatable, Sendable {
    case bytes(ByteBuffer)
    /// Only the length is written; whoever sends the message puts this many bytes at the splice (sendfile).
    case deferred(byteCount: Int)

    public var byteCount: Int {
        switch self {
        case .bytes(let buffer): buffer.readableBytes
        case .deferred(let byteCount): byteCount
        }
    }

    /// The bytes, or nil when they are deferred.
    public var buffer: ByteBuffer? {
        switch self {
        case .bytes(let buffer): buffer
        case .deferred: nil
        }
    }
}
