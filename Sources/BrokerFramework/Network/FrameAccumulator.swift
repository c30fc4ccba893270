import NIOCore

/// Cuts a stream of bytes into frames of Kafka's form: a 32-bit length, then as many bytes.
///
/// Holds no more than the bytes that have come and room in proportion to them: a length alone reserves at most
/// `eagerLimit`.
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
    private var pending = ByteBuffer()
    /// Whether nothing that came or was given out shares the storage of `pending`.
    private var ownsStorage = false

    init(maximumFrameByteCount: Int) { self.maximumFrameByteCount = maximumFrameByteCount }

    /// Bytes that came and are not yet part of a frame that was given out.
    var byteCount: Int { pending.readableBytes }

    mutating func append(_ bytes: ByteBuffer) {
        if pending.readableBytes == 0 {
            pending = bytes
            ownsStorage = false
        } else {
            var bytes = bytes
            pending.writeBuffer(&bytes)
        }
    }

    mutating func next() -> Step {
        guard let length = pending.getInteger(at: pending.readerIndex, as: Int32.self) else { return .needsMore }
        guard length >= 0, Int(length) <= maximumFrameByteCount else { return .badLength(length) }
        let whole = Self.lengthByteCount + Int(length)
        guard pending.readableBytes >= whole else {
            makeRoom(for: whole)
            return .needsMore
        }
        pending.moveReaderIndex(forwardBy: Self.lengthByteCount)
        guard let frame = pending.readSlice(length: Int(length)) else { return .needsMore }
        ownsStorage = false
        if pending.readableBytes == 0 { pending = ByteBuffer() }
        return .frame(frame)
    }

    /// Moves a partial frame into storage of its own, once: neither do frames given out earlier keep it alive then,
    /// nor is it copied with each piece that comes. A frame beyond the eager limit grows on by doubling.
    private mutating func makeRoom(for whole: Int) {
        guard !ownsStorage else { return }
        var roomy = ByteBufferAllocator().buffer(
            capacity: min(whole, max(Self.eagerLimit, pending.readableBytes * 2)))
        roomy.writeBuffer(&pending)
        pending = roomy
        ownsStorage = true
    }
}
