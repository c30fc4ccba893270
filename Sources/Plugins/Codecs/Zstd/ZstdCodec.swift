public import BrokerModel
public import BrokerPluginAPI
internal import CZstd
internal import CodecSupport
public import NIOCore

/// Compresses with Zstandard (RFC 8878).
///
/// Writes one frame that tells its content's size. Reads frames with and without it, several one behind the other, and
/// skippable ones between. Frames that ask for a window beyond 128 MiB are an error, as in other readers. Safe on any
/// thread; copies share their idle contexts.
public struct ZstdCodec: CompressionCodec, Plugin {
    public static let name = "zstd"
    public static let summary = "Small and fast; clients since 2018 read it."

    private let compressors = ContextPool { () throws(CodecError) in try ZstdCompressor() }
    private let decompressors = ContextPool { () throws(CodecError) in try ZstdDecompressor() }

    public init(_ configuration: NoConfiguration = NoConfiguration()) {}

    public var type: CompressionType { .zstd }

    /// −131072–22, 3 if none is given. Below 1 each step trades size for speed.
    public var levels: CompressionLevels? { Self.levels }
    private static let levels = CompressionLevels(range: -131_072...22, standard: 3)

    public func compress(_ bytes: ByteBuffer, level: Int?, into output: inout ByteBuffer) throws(CodecError) {
        let level = try Self.levels.checked(level)
        try compressors.withContext { compressor throws(CodecError) in
            try bytes.withUnsafeReadableBytes { raw throws(CodecError) in
                try compressor.compress(raw, level: Int32(level), into: &output)
            }
        }
    }

    public func decompress(_ bytes: ByteBuffer, limit: Int, into output: inout ByteBuffer) throws(CodecError) {
        try decompressors.withContext { decompressor throws(CodecError) in
            try bytes.withUnsafeReadableBytes { raw throws(CodecError) in
                try decompressor.decompress(raw, limit: limit, into: &output)
            }
        }
    }
}
