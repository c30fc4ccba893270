import BrokerModel
import BrokerPluginAPI
import Codecs
import NIOCore
import Testing

/// A codec of each type, shared by all tests, as a broker shares them.
func codec(_ type: CompressionType) throws -> any CompressionCodec {
    try #require(BuiltInCodecs.all.first { $0.type == type })
}

/// The types that have a codec.
let compressedTypes = CompressionType.standard.filter { $0 != .none }

extension CompressionCodec {
    func compressed(_ bytes: ByteBuffer, level: Int? = nil) throws -> ByteBuffer {
        var output = ByteBuffer()
        try compress(bytes, level: level, into: &output)
        return output
    }

    func decompressed(_ bytes: ByteBuffer, limit: Int = 64 << 20) throws -> ByteBuffer {
        var output = ByteBuffer()
        try decompress(bytes, limit: limit, into: &output)
        return output
    }
}

extension CompressionCodec {
    /// The error that decompressing `bytes` gives, if any.
    func attempt(_ bytes: ByteBuffer, limit: Int, into output: inout ByteBuffer) -> CodecError? {
        do { try decompress(bytes, limit: limit, into: &output) } catch { return error }
        return nil
    }

    func attempt(_ bytes: ByteBuffer) -> CodecError? {
        var output = ByteBuffer()
        return attempt(bytes, limit: 64 << 20, into: &output)
    }
}

extension CodecError {
    var isMalformed: Bool { if case .malformed = self { true } else { false } }
}

/// What is compressed: nothing, little, much; dense and not.
enum Corpus: CaseIterable {
    case empty, oneByte, text, longText, noise, zeros, blockSized, tenMegabytes

    var bytes: ByteBuffer {
        switch self {
        case .empty: ByteBuffer()
        case .oneByte: ByteBuffer(bytes: [7])
        case .text: ByteBuffer(string: goldenText)
        case .longText:
            ByteBuffer(string: (0..<8000).map { "record \($0) of the text, \($0 * 7919 % 1009)\n" }.joined())
        case .noise: Self.noise(100_000)
        case .zeros: ByteBuffer(repeating: 0, count: 3_000_000)
        // The edges of the codecs' blocks: 32, 64 and 128 KiB, less, equal and more.
        case .blockSized: Self.noise(131_073)
        case .tenMegabytes: Self.mixture(10 << 20)
        }
    }

    static func noise(_ count: Int) -> ByteBuffer {
        var generator = SeededGenerator(seed: UInt64(count))
        var bytes = ByteBuffer()
        while bytes.readableBytes < count { bytes.writeInteger(generator.next()) }
        return bytes.getSlice(at: 0, length: count) ?? bytes
    }

    /// Noise and repetition in turns.
    static func mixture(_ count: Int) -> ByteBuffer {
        let part = noise(4096)
        var bytes = ByteBuffer()
        while bytes.readableBytes < count {
            bytes.writeImmutableBuffer(part)
            bytes.writeRepeatingByte(UInt8(truncatingIfNeeded: bytes.readableBytes >> 12), count: 8192)
        }
        return bytes.getSlice(at: 0, length: count) ?? bytes
    }
}
