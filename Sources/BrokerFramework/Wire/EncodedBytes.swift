public import BrokerPrimitives
public import NIOCore

/// Encoded frames, with holes where payloads belong that were not copied.
public struct EncodedBytes: Equatable, Sendable {
    /// A payload that belongs between `bytes[..<offset]` and `bytes[offset...]`.
    public struct Splice: Equatable, Sendable {
        /// Counted in `bytes`, from its reader index, without other splices.
        public let offset: Int
        public let payload: RecordsPayload

        public init(offset: Int, payload: RecordsPayload) {
            self.offset = offset
            self.payload = payload
        }
    }

    public var bytes: ByteBuffer
    /// In the order of their offsets.
    public var splices: [Splice]
    /// The error codes in the frames, without those that say there is none.
    public var errorCodes: [ErrorCode]

    public init(bytes: ByteBuffer, splices: [Splice] = [], errorCodes: [ErrorCode] = []) {
        self.bytes = bytes
        self.splices = splices
        self.errorCodes = errorCodes
    }

    /// How many bytes go onto the connection.
    public var byteCount: Int { splices.reduce(bytes.readableBytes) { $0 + $1.payload.byteCount } }

    /// One run of bytes to send.
    public enum Piece: Equatable, Sendable {
        case bytes(ByteBuffer)
        /// Deferred payload number `index`, counting from 0 in the order they were encoded.
        case deferred(index: Int, byteCount: Int)
    }

    /// What to send, in order. Empty runs are left out; deferred ones are not.
    public func pieces() -> [Piece] {
        var pieces: [Piece] = []
        pieces.reserveCapacity(splices.count * 2 + 1)
        var rest = bytes
        var sent = 0
        var deferredCount = 0
        for splice in splices {
            if splice.offset > sent, let head = rest.readSlice(length: splice.offset - sent) {
                pieces.append(.bytes(head))
                sent = splice.offset
            }
            switch splice.payload {
            case .bytes(let buffer): if buffer.readableBytes > 0 { pieces.append(.bytes(buffer)) }
            case .deferred(let byteCount):
                pieces.append(.deferred(index: deferredCount, byteCount: byteCount))
                deferredCount += 1
            }
        }
        if rest.readableBytes > 0 { pieces.append(.bytes(rest)) }
        return pieces
    }
}
