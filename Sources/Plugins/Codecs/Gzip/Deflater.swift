internal import BrokerPluginAPI
internal import CZlib
internal import CodecSupport
internal import NIOCore

/// Fifteen bits of window, the largest; sixteen more ask zlib for gzip's header and trailer.
let gzipWindowBits: Int32 = 15 + 16

/// A zlib stream that compresses.
///
/// Unchecked: it has one holder at a time, which the pool sees to.
final class Deflater: CodecContext, @unchecked Sendable {
    /// On the heap because zlib checks that the stream does not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private var level: Int32 = Z_DEFAULT_COMPRESSION

    var isWorthKeeping: Bool { true }

    init() throws(CodecError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let status = deflateInit2_(
            stream, level, Z_DEFLATED, gzipWindowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        // The deinitializer runs, and deflateEnd does nothing to a stream that was not set up.
        guard status == Z_OK else { throw .failed("zlib could not begin to compress (\(status))") }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    func deflate(_ input: UnsafeRawBufferPointer, level: Int32, into output: inout ByteBuffer) throws(CodecError) {
        deflateReset(stream)
        if level != self.level {
            // Right after a reset nothing is pending, so the change applies from the first byte.
            guard deflateParams(stream, level, Z_DEFAULT_STRATEGY) == Z_OK else {
                throw .failed("zlib refuses level \(level)")
            }
            self.level = level
        }
        let bound = Int(clamping: deflateBound(stream, UInt(input.count)))
        try output.appendCompressed(bound: bound) { room throws(CodecError) in
            stream.pointee.next_in = UnsafeMutablePointer(
                mutating: input.assumingMemoryBound(to: UInt8.self).baseAddress)
            stream.pointee.avail_in = UInt32(clamping: input.count)
            stream.pointee.next_out = room.assumingMemoryBound(to: UInt8.self).baseAddress
            stream.pointee.avail_out = UInt32(clamping: room.count)
            let capacity = stream.pointee.avail_out
            let status = CZlib.deflate(stream, Z_FINISH)
            guard status == Z_STREAM_END else { throw .failed("zlib could not compress (\(status))") }
            return Int(capacity - stream.pointee.avail_out)
        }
    }
}
