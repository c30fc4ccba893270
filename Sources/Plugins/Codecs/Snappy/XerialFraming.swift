internal import BrokerModel
internal import BrokerPluginAPI
internal import CSnappy

/// The stream format of the xerial snappy library: a header of 16 bytes, then blocks, each behind its length.
enum XerialFraming {
    /// `\x82SNAPPY\0`.
    static let magic: UInt64 = 0x8253_4E41_5050_5900
    /// The magic, the version and the oldest version that can read it.
    static let headerSize = 16
    static let version: Int32 = 1
    /// How much of the input goes into a block, as the Java library does it.
    static let blockSize = 32 * 1024
    /// The most that a block takes, with its length.
    static let blockBound = 4 + snappy_max_compressed_length(blockSize)

    /// Writes `input` and answers how many bytes that took.
    ///
    /// - Precondition: `room` holds a header and `blockBound` bytes for each block.
    static func write(
        _ input: UnsafeRawBufferPointer, to room: UnsafeMutableRawBufferPointer
    ) throws(CodecError) -> Int {
        room.storeBigEndian(magic, at: 0)
        room.storeBigEndian(version, at: 8)
        room.storeBigEndian(version, at: 12)
        var written = headerSize
        var position = 0
        while position < input.count {
            let block = UnsafeRawBufferPointer(rebasing: input[position..<min(position + blockSize, input.count)])
            let target = UnsafeMutableRawBufferPointer(rebasing: room[(written + 4)...])
            var size = target.count
            let status = snappy_compress(
                block.assumingMemoryBound(to: CChar.self).baseAddress, block.count,
                target.assumingMemoryBound(to: CChar.self).baseAddress, &size)
            guard status == SNAPPY_OK else { throw .failed("snappy could not compress (\(status.rawValue))") }
            room.storeBigEndian(Int32(truncatingIfNeeded: size), at: written)
            written += 4 + size
            position += block.count
        }
        return written
    }
}

/// Walks the snappy blocks of a payload: those of the xerial framing, or the payload itself if it has none.
struct SnappyBlocks {
    private let bytes: UnsafeRawBufferPointer
    private let isFramed: Bool
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        isFramed = bytes.count >= 8 && bytes.bigEndian(at: 0, as: UInt64.self) == XerialFraming.magic
    }

    /// The next block's bytes, or nil at the end.
    mutating func next() throws(CodecError) -> UnsafeRawBufferPointer? {
        if !isFramed {
            if bytes.isEmpty { throw .malformed("the snappy stream is empty") }
            defer { position = bytes.count }
            return position == 0 ? bytes : nil
        }
        // A block's length is never negative, so the magic's first bytes tell a further header from it.
        while position + 8 <= bytes.count, bytes.bigEndian(at: position, as: UInt64.self) == XerialFraming.magic {
            guard position + XerialFraming.headerSize <= bytes.count else { throw cutOff }
            let version = bytes.bigEndian(at: position + 8, as: Int32.self)
            guard version >= XerialFraming.version else {
                throw .malformed("the snappy stream has version \(version)")
            }
            position += XerialFraming.headerSize
        }
        guard position < bytes.count else { return nil }
        guard position + 4 <= bytes.count else { throw cutOff }
        let length = Int(bytes.bigEndian(at: position, as: Int32.self))
        position += 4
        guard length >= 0 else { throw .malformed("a snappy block's length is \(length)") }
        guard length <= bytes.count - position else { throw cutOff }
        defer { position += length }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<(position + length)])
    }

    private var cutOff: CodecError { .malformed("the snappy stream is cut off") }
}

/// The size that a block says it decompresses to, 0 or more; an error if so few bytes cannot.
func snappySize(of block: UnsafeRawBufferPointer) throws(CodecError) -> Int {
    var size = 0
    let status = snappy_uncompressed_length(block.assumingMemoryBound(to: CChar.self).baseAddress, block.count, &size)
    // The densest element copies 64 bytes and takes three.
    guard status == SNAPPY_OK, size <= block.count * 22 else {
        throw .malformed("a snappy block does not begin with its size")
    }
    return size
}
