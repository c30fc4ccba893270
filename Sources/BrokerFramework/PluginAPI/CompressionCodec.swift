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
    /// - Parameter level: within `levels`; nil for the default.
    func compress(_ bytes: ByteBuffer, level: Int?, into output: inout ByteBuffer) throws(CodecError)

    /// Appends what `bytes` decompresses to to `output`.
    ///
    /// - Parameter limit: the most bytes to produce. More is an error, found before memory for it is taken.
    func decompress(_ bytes: ByteBuffer, limit: Int, into output: inout ByteBuffer) throws(CodecError)
}

/// The range of a codec's levels.
public struct CompressionLevels: Hashable, Sendable {
    public var range: ClosedRange<Int>
    public var standard: Int

    public init(range: ClosedRange<Int>, standard: Int) {
        self.range = range
        self.standard = standard
    }
}

/// Why a codec gave up.
public enum CodecError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The input is not what the codec writes; the text says what is wrong with it.
    case malformed(String)
    /// The output would be larger than the limit, in bytes.
    case tooLarge(limit: Int)
    /// The library reported a failure of its own, such as no memory.
    case failed(String)

    public var description: String {
        switch self {
        case .malformed(let reason): reason
        case .tooLarge(let limit): "it decompresses to more than \(limit) bytes"
        case .failed(let reason): reason
        }
    }
}
