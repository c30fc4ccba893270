internal import BrokerPluginAPI
internal import CZlib
internal import CodecSupport
internal import NIOCore

/// A zlib stream that decompresses.
///
/// Unchecked: it has one holder at a time, which the pool sees to.
final class Inflater: CodecContext, @unchecked Sendable {
    /// The most that deflate can make of a byte: a 258-byte match from two bits, 1032 : 1.
    private static let maximumRatio = 1032
    /// A gzip header and trailer without any optional field, and an empty block.
    private static let smallestMember = 20

    private let stream: UnsafeMutablePointer<z_stream>

    var isWorthKeeping: Bool { true }

    init() throws(CodecError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let status = inflateInit2_(stream, gzipWindowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw .failed("zlib could not begin to decompress (\(status))") }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    func inflate(_ input: UnsafeRawBufferPointer, limit: Int, into output: inout ByteBuffer) throws(CodecError) {
        guard !input.isEmpty else { throw .malformed("the gzip stream is empty") }
        var budget = OutputBudget(limit: limit, output: output)
        var room = Self.plausibleSize(of: input)
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.assumingMemoryBound(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = UInt32(clamping: input.count)
        repeat {
            inflateReset(stream)
            var status = Z_OK
            while status != Z_STREAM_END {
                try budget.write(to: &output, room: room) { raw throws(CodecError) in
                    stream.pointee.next_out = raw.assumingMemoryBound(to: UInt8.self).baseAddress
                    stream.pointee.avail_out = UInt32(clamping: raw.count)
                    let capacity = stream.pointee.avail_out
                    status = CZlib.inflate(stream, Z_NO_FLUSH)
                    return Int(capacity - stream.pointee.avail_out)
                }
                try check(status)
                room = 4096
            }
        } while stream.pointee.avail_in > 0
    }

    private func check(_ status: Int32) throws(CodecError) {
        switch status {
        case Z_STREAM_END: return
        case Z_OK where stream.pointee.avail_in > 0 || stream.pointee.avail_out == 0: return
        // Room is never what is missing, so it was input.
        case Z_OK, Z_BUF_ERROR: throw .malformed("the gzip stream is cut off")
        case Z_MEM_ERROR: throw .failed("zlib has no memory to decompress")
        default:
            let reason = stream.pointee.msg.map { String(cString: $0) } ?? "status \(status)"
            throw .malformed("the gzip stream is malformed: \(reason)")
        }
    }

    /// What the trailer says the last member's size is, as far as so many bytes can hold it.
    private static func plausibleSize(of input: UnsafeRawBufferPointer) -> Int {
        guard input.count >= smallestMember else { return input.count }
        let size = UInt32(littleEndian: input.loadUnaligned(fromByteOffset: input.count - 4, as: UInt32.self))
        let (most, overflow) = input.count.multipliedReportingOverflow(by: maximumRatio)
        return min(Int(size), overflow ? Int(size) : most)
    }
}
