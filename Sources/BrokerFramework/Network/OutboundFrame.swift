package import BrokerPluginAPI
package import NIOCore

/// A reply on its way to a socket: bytes, and ranges of files that go there by sendfile.
package struct OutboundFrame: Sendable {
    package enum Piece: Sendable {
        case bytes(ByteBuffer)
        case region(StorageRegion)
    }

    package var pieces: [Piece]

    package init(_ pieces: [Piece]) { self.pieces = pieces }

    package init(_ bytes: ByteBuffer) { pieces = [.bytes(bytes)] }

    package var byteCount: Int {
        pieces.reduce(0) { sum, piece in
            switch piece {
            case .bytes(let bytes): sum + bytes.readableBytes
            case .region(let region): sum + region.count
            }
        }
    }
}
