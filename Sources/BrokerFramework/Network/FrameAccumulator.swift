import NIOCore

/// Cuts a stream of bytes into frames of Kafka's form: a 32-bit length, then as many bytes.
///
/// A frame that lies whole in what was read is handed out where it lies. One that comes in pieces is gathered in a
/// buffer of its own, so each of its bytes is copied once; that buffer grows with what has come: a length alone
/// reserves at most `eagerLimit`.
struct FrameAccumulator {
    /// What can come out of `next()`.
    enum Step {
        case frame(ByteBuffer)
        case needsMore
        /// A length that is negative or beyond the limit.
        case badLength(Int32)
    }

    private static let eagerLimit = 1 << 20
    private static let lengthByteCount = 4
    private let maximumFrameByteCount: Int
    /// What was read and not yet looked at.
    private var unread = ByteBuffer()
    /// The frame that began in an earlier read, with its length in front; empty between frames.
    private var partial = ByteBuffer()

    init(maximumFrameByteCount: Int) { self.maximumFrameByteCount = maximumFrameByteCount }

    /// The bytes that were read and not handed out.
    var heldByteCount: Int { partial.readableBytes + unread.readableBytes }

    mutating func append(_ bytes: ByteBuffer) {
        if unread.readableBytes == 0 {
            unread = bytes
        } else {
            var bytes = bytes
            unread.writeBuffer(&bytes)
        }
    }

    mutating func next() -> Step { partial.readableBytes > 0 ? gather() : cut() }

    /// The next frame out of what was read.
    private mutating func cut() -> Step {
        guard let length = unread.getInteger(at: unread.readerIndex, as: Int32.self) else { return setAside() }
        guard isAllowed(length) else { return .badLength(length) }
        guard unread.readableBytes >= Self.lengthByteCount + Int(length) else { return setAside() }
        unread.moveReaderIndex(forwardBy: Self.lengthByteCount)
        guard let frame = unread.readSlice(length: Int(length)) else { return .needsMore }
        if unread.readableBytes == 0 { unread = ByteBuffer() }
        return .frame(frame)
    }

    /// Completes the frame that was begun.
    private mutating func gather() -> Step {
        if partial.readableBytes < Self.lengthByteCount { take(upTo: Self.lengthByteCount) }
        guard let length = partial.getInteger(at: partial.readerIndex, as: Int32.self) else { return .needsMore }
        guard isAllowed(length) else { return .badLength(length) }
        let whole = Self.lengthByteCount + Int(length)
        take(upTo: whole)
        guard partial.readableBytes == whole else { return .needsMore }
        partial.moveReaderIndex(forwardBy: Self.lengthByteCount)
        let frame = partial
        partial = ByteBuffer()
        return .frame(frame)
    }

    private func isAllowed(_ length: Int32) -> Bool { length >= 0 && Int(length) <= maximumFrameByteCount }

    /// Moves the beginning of a frame into a buffer of its own, so that it does not keep what was read before alive.
    private mutating func setAside() -> Step {
        guard unread.readableBytes > 0 else { return .needsMore }
        partial = ByteBuffer()
        return gather()
    }

    /// Moves what was read into the partial frame until that has `count` bytes.
    private mutating func take(upTo count: Int) {
        let missing = min(count - partial.readableBytes, unread.readableBytes)
        guard missing > 0, var bytes = unread.readSlice(length: missing) else { return }
        if partial.writableBytes < missing {
            let goal = min(count, max(Self.eagerLimit, (partial.readableBytes + missing) * 2))
            partial.reserveCapacity(goal)
        }
        partial.writeBuffer(&bytes)
        if unread.readableBytes == 0 { unread = ByteBuffer() }
    }
}
