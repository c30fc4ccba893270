import BrokerPluginAPI
import CQuickGzipPlugin

/// Gzip that saves the processor: zlib looks for runs of one byte only, or for no repetitions at all.
///
/// What it writes is gzip (RFC 1952), so every client reads it: put it in the place of the built-in `gzip`. Reads any
/// number of gzip members, one behind the other. Safe on any thread: each call works with a stream of its own.
public struct QuickGzipCodec: CompressionCodec, Plugin {
    public static let name = "quick-gzip"
    public static let summary = "Gzip for busy processors: less work, larger batches."

    /// Where zlib looks for what it can save.
    public enum Strategy: String, CaseIterable, ConfigKeyValue { case standard, filtered, huffman, rle }

    public struct Configuration: PluginConfiguration {
        public var strategy = Strategy.rle

        public init() {}

        public static let schema = PluginSchema<Configuration> {
            ConfigKey(
                "strategy", \.strategy,
                "What zlib looks for: 'rle' runs of one byte, 'huffman' nothing but frequent bytes, 'filtered' few "
                    + "repetitions, 'standard' all of them, as gzip does.")
        }
    }

    private let strategy: Int32

    public init(_ configuration: Configuration) {
        strategy =
            switch configuration.strategy {
            case .standard: Z_DEFAULT_STRATEGY
            case .filtered: Z_FILTERED
            case .huffman: Z_HUFFMAN_ONLY
            case .rle: Z_RLE
            }
    }

    public var type: CompressionType { .gzip }
    public var levels: CompressionLevels? { Self.levels }
    private static let levels = CompressionLevels(range: 1...9, standard: -1)

    public func compress(_ bytes: ByteBuffer, level: Int?, into output: inout ByteBuffer) throws(CodecError) {
        let stream = try Stream(deflating: Int32(try Self.levels.checked(level)), strategy)
        try bytes.withUnsafeReadableBytes { input throws(CodecError) in try stream.deflate(input, into: &output) }
    }

    public func decompress(_ bytes: ByteBuffer, limit: Int, into output: inout ByteBuffer) throws(CodecError) {
        guard bytes.readableBytes > 0 else { throw .malformed("the gzip stream is empty") }
        let stream = try Stream()
        let start = output.writerIndex
        do throws(CodecError) {
            try bytes.withUnsafeReadableBytes { input throws(CodecError) in
                try stream.inflate(input, limit: max(0, min(limit, Int(Int32.max) - start)), into: &output)
            }
        } catch {
            // What a failed call has written is taken back.
            output.moveWriterIndex(to: start)
            throw error
        }
    }
}

/// A stream of zlib's, for one call.
private final class Stream {
    /// Fifteen bits of window, the largest; sixteen more ask for gzip's header and trailer.
    private static let windowBits: Int32 = 15 + 16

    /// On the heap, because zlib checks that the stream does not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private let end: (UnsafeMutablePointer<z_stream>) -> Int32

    /// For decompressing.
    init() throws(CodecError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        end = inflateEnd
        let status = inflateInit2_(stream, Self.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw .failed("zlib could not begin to decompress (\(status))") }
    }

    init(deflating level: Int32, _ strategy: Int32) throws(CodecError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        end = deflateEnd
        let status = deflateInit2_(
            stream, level, Z_DEFLATED, Self.windowBits, 8, strategy, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw .failed("zlib could not begin to compress (\(status))") }
    }

    deinit {
        _ = end(stream)
        stream.deallocate()
    }

    func deflate(_ input: UnsafeRawBufferPointer, into output: inout ByteBuffer) throws(CodecError) {
        read(from: input)
        let bound = Int(clamping: deflateBound(stream, UInt(input.count)))
        guard bound <= Int(Int32.max) - output.writerIndex else { throw .failed("the input is too large to compress") }
        _ = try output.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { room throws(CodecError) in
            let (status, written) = step(into: room) { CQuickGzipPlugin.deflate($0, Z_FINISH) }
            guard status == Z_STREAM_END else { throw .failed("zlib could not compress (\(status))") }
            return written
        }
    }

    func inflate(_ input: UnsafeRawBufferPointer, limit: Int, into output: inout ByteBuffer) throws(CodecError) {
        read(from: input)
        var left = limit
        repeat {
            inflateReset(stream)
            var status = Z_OK
            while status != Z_STREAM_END {
                if left > 0 {
                    // Room for a little at a time: the input may be small and what it claims to be, large.
                    left -= try output.writeWithUnsafeMutableBytes(minimumWritableBytes: min(left, 1 << 16)) {
                        room throws(CodecError) in
                        let room = UnsafeMutableRawBufferPointer(rebasing: room.prefix(left))
                        let written: Int
                        (status, written) = step(into: room) { CQuickGzipPlugin.inflate($0, Z_NO_FLUSH) }
                        return written
                    }
                } else {
                    // Whoever has nothing to add leaves this byte alone, and may finish.
                    var scratch: UInt8 = 0
                    let written: Int
                    (status, written) = withUnsafeMutableBytes(of: &scratch) { room in
                        step(into: room) { CQuickGzipPlugin.inflate($0, Z_NO_FLUSH) }
                    }
                    guard written == 0 else { throw .tooLarge(limit: limit) }
                }
                try check(status)
            }
        } while stream.pointee.avail_in > 0
    }

    private func read(from input: UnsafeRawBufferPointer) {
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.assumingMemoryBound(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = UInt32(clamping: input.count)
    }

    private func step(
        into room: UnsafeMutableRawBufferPointer, _ call: (UnsafeMutablePointer<z_stream>) -> Int32
    ) -> (status: Int32, written: Int) {
        stream.pointee.next_out = room.assumingMemoryBound(to: UInt8.self).baseAddress
        stream.pointee.avail_out = UInt32(clamping: room.count)
        let available = stream.pointee.avail_out
        let status = call(stream)
        return (status, Int(available - stream.pointee.avail_out))
    }

    private func check(_ status: Int32) throws(CodecError) {
        switch status {
        case Z_STREAM_END: return
        case Z_OK where stream.pointee.avail_in > 0 || stream.pointee.avail_out == 0: return
        // There was room, so it is input that is missing.
        case Z_OK, Z_BUF_ERROR: throw .malformed("the gzip stream is cut off")
        case Z_MEM_ERROR: throw .failed("zlib has no memory to decompress")
        default:
            throw .malformed(
                "the gzip stream is malformed: \(stream.pointee.msg.map { String(cString: $0) } ?? "status \(status)")")
        }
    }
}
