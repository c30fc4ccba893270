public import BrokerModel
public import BrokerPluginAPI
internal import CLZ4
internal import CodecSupport
public import NIOCore

/// Compresses into LZ4 frames as Kafka's Java clients write them: independent blocks of 64 KiB, no checksums, no
/// content size.
///
/// Reads frames of any block size, with or without checksums and content size, and several one behind the other.
/// Frames whose blocks depend on each other or on a dictionary are an error, since Java clients could not read what the
/// broker would pass on. Safe on any thread; copies share their idle contexts.
public struct LZ4Codec: CompressionCodec, Plugin {
    public static let name = "lz4"
    public static let summary = "Fast, and a little less small."

    private let compressors = ContextPool { () throws(CodecError) in try LZ4Compressor() }
    private let decompressors = ContextPool { () throws(CodecError) in try LZ4Decompressor() }

    public init(_ configuration: NoConfiguration = NoConfiguration()) {}

    public var type: CompressionType { .lz4 }

    /// 1–17. The default, 9, is the fast compressor; every other level is the high compressor, as in Kafka (KIP-390).
    /// Above 12 the high compressor has nothing more to give.
    public var levels: CompressionLevels? { Self.levels }
    private static let levels = CompressionLevels(range: 1...17, standard: 9)

    public func compress(_ bytes: ByteBuffer, level: Int?, into output: inout ByteBuffer) throws(CodecError) {
        let level = try Self.levels.checked(level)
        let isFast = level == Self.levels.standard
        try compressors.withContext { compressor throws(CodecError) in
            try bytes.withUnsafeReadableBytes { raw throws(CodecError) in
                try compressor.compress(raw, highCompressionLevel: isFast ? nil : level, into: &output)
            }
        }
    }

    public func decompress(_ bytes: ByteBuffer, limit: Int, into output: inout ByteBuffer) throws(CodecError) {
        try decompressors.withContext { decompressor throws(CodecError) in
            try output.appendingAllOrNothing { output throws(CodecError) in
                try bytes.withUnsafeReadableBytes { raw throws(CodecError) in
                    try decompressor.decompress(raw, limit: limit, into: &output)
                }
            }
        }
    }
}
