internal import BrokerPluginAPI
internal import CZstd
internal import CodecSupport
internal import NIOCore

/// A context that compresses.
///
/// Unchecked: it has one holder at a time, which the pool sees to.
final class ZstdCompressor: CodecContext, @unchecked Sendable {
    /// In bytes. High levels on large batches take hundreds of megabytes, which are not kept.
    private static let largestKept = 8 << 20

    private let context: OpaquePointer

    var isWorthKeeping: Bool { ZSTD_sizeof_CCtx(context) <= Self.largestKept }

    init() throws(CodecError) {
        guard let context = ZSTD_createCCtx() else { throw .failed("zstd has no memory to compress") }
        self.context = context
    }

    deinit { ZSTD_freeCCtx(context) }

    func compress(_ input: UnsafeRawBufferPointer, level: Int32, into output: inout ByteBuffer) throws(CodecError) {
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
        try output.appendCompressed(bound: ZSTD_compressBound(input.count)) { room throws(CodecError) in
            let size = ZSTD_compress2(context, room.baseAddress, room.count, input.baseAddress, input.count)
            guard ZSTD_isError(size) == 0 else {
                throw .failed("zstd could not compress: \(String(cString: ZSTD_getErrorName(size)))")
            }
            return size
        }
    }
}

/// A context that decompresses.
///
/// The size is known beforehand within a bound, so the library decodes in one pass, straight into the output and
/// without a window of its own: a frame that declares a large window costs nothing.
///
/// Unchecked: it has one holder at a time, which the pool sees to.
final class ZstdDecompressor: CodecContext, @unchecked Sendable {
    private let context: OpaquePointer

    var isWorthKeeping: Bool { true }

    init() throws(CodecError) {
        guard let context = ZSTD_createDCtx() else { throw .failed("zstd has no memory to decompress") }
        self.context = context
    }

    deinit { ZSTD_freeDCtx(context) }

    func decompress(_ input: UnsafeRawBufferPointer, limit: Int, into output: inout ByteBuffer) throws(CodecError) {
        let size = try ZstdSize(scanning: input)
        var budget = OutputBudget(limit: limit, output: output)
        try budget.require(size.least)
        let allowed = budget.limit
        try budget.write(to: &output, room: size.most) { room throws(CodecError) in
            let count = ZSTD_decompressDCtx(context, room.baseAddress, room.count, input.baseAddress, input.count)
            guard ZSTD_isError(count) != 0 else { return count }
            switch ZSTD_getErrorCode(count) {
            case ZSTD_error_dstSize_tooSmall where size.most > allowed: throw .tooLarge(limit: allowed)
            case ZSTD_error_memory_allocation: throw .failed("zstd has no memory to decompress")
            default: throw .malformed("the zstd stream is malformed: \(String(cString: ZSTD_getErrorName(count)))")
            }
        }
    }
}
