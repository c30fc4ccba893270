public import NIOCore

/// A tagged field this version does not know. It is kept, and written back (KIP-482).
public struct UnknownTaggedField: Hashable, Sendable {
    public let tag: UInt32
    public let bytes: ByteBuffer

    public init(tag: UInt32, bytes: ByteBuffer) {
        self.tag = tag
        self.bytes = bytes
    }
}
