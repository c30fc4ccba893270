public import BrokerModel
public import NIOCore

/// Compresses and decompresses the records of a batch.
///
/// A codec must be safe to call from any thread, several at a time, and must depend on nothing but its arguments.
/// It is called once per batch, on a connection's event loop: it must not block.
public protocol CompressionCodec: Sendable {
    /// The number in a batch's attributes and the name in configurations.
    var type: CompressionType { get }

    /// The levels that mean something to this codec, with its default; nil if it has none.
    var levels: CompressionLevels? { get }

    /// Appends the compressed form of `bytes` to `output`.
    ///
    /// If it throws, `output` holds what it held before.
    ///
    /// - Parameter level: one that `levels` contains, otherwise `.unsupportedLevel` is thrown; nil for the default. A
    ///   codec without levels ignores it.
    func compress(_ bytes: ByteBuffer, level: Int?, into output: inout ByteBuffer) throws(CodecError)

    /// Appends what `bytes` decompresses to to `output`. If it throws, `output` holds what it held before.
    ///
    /// Must expect anything: the bytes come from clients. No bytes at all are `.malformed`, since every codec writes
    /// something even for nothing. What stands behind the first piece is decompressed, too, or `.malformed`.
    ///
    /// - Parameter limit: the most bytes to produce. More is an error, found before memory for it is taken.
    func decompress(_ bytes: ByteBuffer, limit: Int, into output: inout ByteBuffer) throws(CodecError)
}

extension Plugin where Self: CompressionCodec {
    public static var kind: PluginKind { .codec }
}

/// The range of a codec's levels.
public struct CompressionLevels: Hashable, Sendable {
    public var range: ClosedRange<Int>
    /// The level that is meant when none is named. May lie outside the range, as gzip's −1 does.
    public var standard: Int

    public init(range: ClosedRange<Int>, standard: Int) {
        self.range = range
        self.standard = standard
    }

    /// Whether the codec takes `level`.
    public func contains(_ level: Int) -> Bool { range.contains(level) || level == standard }

    /// The level to use where `level` was asked for, or an error if there is no such level.
    public func checked(_ level: Int?) throws(CodecError) -> Int {
        guard let level else { return standard }
        guard contains(level) else { throw .unsupportedLevel(level) }
        return level
    }
}

/// Why a codec gave up.
public enum CodecError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The input is not what the codec writes; the text says what is wrong with it.
    case malformed(String)
    /// The output would be larger than the limit, in bytes.
    case tooLarge(limit: Int)
    /// The codec has no such level.
    case unsupportedLevel(Int)
    /// The library reported a failure of its own, such as no memory.
    case failed(String)

    public var description: String {
        switch self {
        case .malformed(let reason): reason
        case .tooLarge(let limit): "it decompresses to more than \(limit) bytes"
        case .unsupportedLevel(let level): "there is no level \(level)"
        case .failed(let reason): reason
        }
    }
}
