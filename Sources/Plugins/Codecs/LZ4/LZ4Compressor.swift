internal import BrokerPluginAPI
internal import CLZ4
internal import CodecSupport
internal import NIOCore

/// An LZ4 frame compressor.
///
/// Unchecked: it has one holder at a time, which the pool sees to.
final class LZ4Compressor: CodecContext, @unchecked Sendable {
    /// The library takes lower levels for the fast compressor, higher ones for the highest.
    private static let highCompressionLevels = 3...12

    private let context: OpaquePointer

    var isWorthKeeping: Bool { true }

    init() throws(CodecError) {
        var context: OpaquePointer?
        let status = LZ4F_createCompressionContext(&context, UInt32(LZ4F_VERSION))
        guard LZ4F_isError(status) == 0, let context else { throw .failed("lz4 has no memory to compress") }
        self.context = context
    }

    deinit { LZ4F_freeCompressionContext(context) }

    /// - Parameter level: nil for the fast compressor.
    func compress(
        _ input: UnsafeRawBufferPointer, highCompressionLevel level: Int?, into output: inout ByteBuffer
    ) throws(CodecError) {
        var preferences = LZ4F_preferences_t()
        preferences.frameInfo.blockSizeID = LZ4F_max64KB
        preferences.frameInfo.blockMode = LZ4F_blockIndependent
        // Blocks are made straight from the input, without a buffer between.
        preferences.autoFlush = 1
        if let level {
            let range = Self.highCompressionLevels
            preferences.compressionLevel = Int32(min(max(level, range.lowerBound), range.upperBound))
        }
        let bound = LZ4F_compressFrameBound(input.count, &preferences)
        try output.appendCompressed(bound: bound) { room throws(CodecError) in
            guard let target = room.baseAddress else { return 0 }
            var written = 0
            written += try checked(LZ4F_compressBegin(context, target, room.count, &preferences))
            if let source = input.baseAddress, input.count > 0 {
                written += try checked(
                    LZ4F_compressUpdate(context, target + written, room.count - written, source, input.count, nil))
            }
            written += try checked(LZ4F_compressEnd(context, target + written, room.count - written, nil))
            return written
        }
    }

    private func checked(_ status: Int) throws(CodecError) -> Int {
        guard LZ4F_isError(status) == 0 else {
            throw .failed("lz4 could not compress: \(String(cString: LZ4F_getErrorName(status)))")
        }
        return status
    }
}
