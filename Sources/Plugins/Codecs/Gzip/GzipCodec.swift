public import BrokerModel
public import BrokerPluginAPI
internal import CZlib
internal import CodecSupport
public import NIOCore

/// Compresses with zlib into gzip members (RFC 1952).
///
/// Writes one member; reads any number of them, one behind the other. Bytes behind the last member that do not begin
/// another one are an error. Safe on any thread; copies share their idle contexts.
public struct GzipCodec: CompressionCodec, Plugin {
    public static let name = "gzip"
    public static let summary = "Small and slow; every client reads it."

    private let deflaters = ContextPool { () throws(CodecError) in try Deflater() }
    private let inflaters = ContextPool { () throws(CodecError) in try Inflater() }

    public init(_ configuration: NoConfiguration = NoConfiguration()) {}

    public var type: CompressionType { .gzip }

    /// 1–9; −1, the default, is zlib's own choice, which is 6.
    public var levels: CompressionLevels? { Self.levels }
    private static let levels = CompressionLevels(range: 1...9, standard: -1)

    public func compress(_ bytes: ByteBuffer, level: Int?, into output: inout ByteBuffer) throws(CodecError) {
        let level = try Self.levels.checked(level)
        try deflaters.withContext { deflater throws(CodecError) in
            try bytes.withUnsafeReadableBytes { raw throws(CodecError) in
                try deflater.deflate(raw, level: Int32(level), into: &output)
            }
        }
    }

    public func decompress(_ bytes: ByteBuffer, limit: Int, into output: inout ByteBuffer) throws(CodecError) {
        try inflaters.withContext { inflater throws(CodecError) in
            try output.appendingAllOrNothing { output throws(CodecError) in
                try bytes.withUnsafeReadableBytes { raw throws(CodecError) in
                    try inflater.inflate(raw, limit: limit, into: &output)
                }
            }
        }
    }
}
