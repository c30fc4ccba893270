import NIOCore

/// Cuts the bytes a broker sends into frames: a 32-bit length, then as many bytes.
struct ResponseFrames {
    /// A length field that is negative or beyond the limit.
    struct BadLength: Error {
        let length: Int32

        /// What it shows of whoever sent it.
        var words: String {
            switch UInt32(bitPattern: length) {
            // "HTTP", as an answer begins.
            case 0x4854_5450: "answers in HTTP, not in Kafka's protocol"
            // An alert of TLS 1.0 to 1.3: 15 03 0x.
            case 0x1503_0000...0x1503_FFFF: "speaks TLS, which was not asked for"
            default: "sent a frame of length \(length)"
            }
        }
    }

    private static let lengthByteCount = 4
    /// The most room taken on the word of a length field alone.
    private static let eagerLimit = 1 << 20
    private let limit: Int
    private var pending = ByteBuffer()

    init(limit: Int) { self.limit = limit }

    mutating func append(_ bytes: ByteBuffer) {
        guard pending.readableBytes > 0 else {
            pending = bytes
            return
        }
        pending.writeImmutableBuffer(bytes)
    }

    /// The next whole frame, without its length; nil if more bytes are needed.
    mutating func next() throws(BadLength) -> ByteBuffer? {
        guard let length = pending.getInteger(at: pending.readerIndex, as: Int32.self) else { return nil }
        guard length >= 0, Int(length) <= limit else { throw BadLength(length: length) }
        let whole = Self.lengthByteCount + Int(length)
        guard pending.readableBytes >= whole else {
            reserve(whole)
            return nil
        }
        pending.moveReaderIndex(forwardBy: Self.lengthByteCount)
        let frame = pending.readSlice(length: Int(length))
        if pending.readableBytes == 0 { pending = ByteBuffer() }
        return frame
    }

    /// Moves a partial frame into storage of its own, so that frames given out earlier do not keep growing with it.
    private mutating func reserve(_ whole: Int) {
        let goal = min(whole, max(Self.eagerLimit, pending.readableBytes * 2))
        guard pending.readableBytes + pending.writableBytes < goal else { return }
        var roomy = ByteBufferAllocator().buffer(capacity: goal)
        roomy.writeImmutableBuffer(pending)
        pending = roomy
    }
}
