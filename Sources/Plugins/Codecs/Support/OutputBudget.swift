public import BrokerPluginAPI
public import NIOCore

/// Lets a decompressor write straight into a buffer's own storage, but never beyond a limit.
///
/// The buffer grows to the next power of two each time its room is used up, so its capacity stays below twice of what
/// was produced or asked for, and never passes the power of two that holds the limit.
public struct OutputBudget {
    /// The most bytes that may be produced.
    public let limit: Int
    /// The bytes produced so far.
    public private(set) var produced = 0

    /// - Parameters:
    ///   - limit: as handed to the codec; less than zero counts as zero.
    ///   - output: the buffer that will be written to. What a `ByteBuffer` can hold bounds the limit too.
    public init(limit: Int, output: ByteBuffer) {
        self.limit = max(0, min(limit, Int(Int32.max) - output.writerIndex))
    }

    /// The bytes that may still be produced.
    public var remaining: Int { limit - produced }

    /// Throws if `count` more bytes would be too many.
    public func require(_ count: some BinaryInteger) throws(CodecError) {
        guard count <= remaining else { throw .tooLarge(limit: limit) }
    }

    /// Hands `body` room at the end of `output` and keeps the bytes it says it wrote.
    ///
    /// With no budget left it is handed one byte of scratch instead: a decompressor that has nothing to add leaves it
    /// alone and may finish, one that writes it has exceeded the limit.
    ///
    /// - Parameter room: the least to make room for, as far as the budget goes; `body` gets what there is beyond too.
    public mutating func write(
        to output: inout ByteBuffer, room: Int, _ body: (UnsafeMutableRawBufferPointer) throws(CodecError) -> Int
    ) throws(CodecError) {
        let remaining = remaining
        guard remaining > 0 else {
            var scratch: UInt8 = 0
            let count = try withUnsafeMutableBytes(of: &scratch) { raw throws(CodecError) in try body(raw) }
            guard count == 0 else { throw .tooLarge(limit: limit) }
            return
        }
        produced += try output.writeWithUnsafeMutableBytes(minimumWritableBytes: min(max(room, 1), remaining)) {
            raw throws(CodecError) in
            try body(UnsafeMutableRawBufferPointer(rebasing: raw.prefix(remaining)))
        }
    }
}

extension ByteBuffer {
    /// Runs `body`, and takes back what it wrote at the end of this buffer if it throws.
    public mutating func appendingAllOrNothing(
        _ body: (inout ByteBuffer) throws(CodecError) -> Void
    ) throws(CodecError) {
        let start = writerIndex
        do { try body(&self) } catch {
            moveWriterIndex(to: start)
            throw error
        }
    }

    /// Appends at most `bound` bytes, written by `body`, which answers how many they are.
    public mutating func appendCompressed(
        bound: Int, _ body: (UnsafeMutableRawBufferPointer) throws(CodecError) -> Int
    ) throws(CodecError) {
        guard bound <= Int(Int32.max) - writerIndex else { throw .failed("the input is too large to compress") }
        _ = try writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { raw throws(CodecError) in try body(raw) }
    }
}
