internal import BrokerPluginAPI
internal import CLZ4
internal import CodecSupport
internal import NIOCore

/// An LZ4 frame decompressor.
///
/// Unchecked: it has one holder at a time, which the pool sees to.
final class LZ4Decompressor: CodecContext, @unchecked Sendable {
    /// The most that LZ4 can make of a byte: a match grows by 255 for each.
    private static let maximumRatio = 255
    /// Frames with larger blocks make the library allocate megabytes, which are not kept.
    private static let largestKeptBlock = LZ4F_max256KB

    private let context: OpaquePointer

    /// False while a call is under way and after one that failed: resetting a context of lz4 1.9 does not make it
    /// forget what content size the broken-off frame had declared.
    private(set) var isWorthKeeping = true
    private var hasLargeBlocks = false

    init() throws(CodecError) {
        var context: OpaquePointer?
        let status = LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION))
        guard LZ4F_isError(status) == 0, let context else { throw .failed("lz4 has no memory to decompress") }
        self.context = context
    }

    deinit { LZ4F_freeDecompressionContext(context) }

    func decompress(_ input: UnsafeRawBufferPointer, limit: Int, into output: inout ByteBuffer) throws(CodecError) {
        guard !input.isEmpty else { throw .malformed("the lz4 stream is empty") }
        var budget = OutputBudget(limit: limit, output: output)
        var rest = input
        isWorthKeeping = false
        LZ4F_resetDecompressionContext(context)
        while !rest.isEmpty { try decompressFrame(&rest, budget: &budget, into: &output) }
        isWorthKeeping = !hasLargeBlocks
    }

    /// Decompresses the frame at the start of `rest` and moves behind it.
    private func decompressFrame(
        _ rest: inout UnsafeRawBufferPointer, budget: inout OutputBudget, into output: inout ByteBuffer
    ) throws(CodecError) {
        let info = try readHeader(&rest)
        if info.contentSize > 0 { try budget.require(info.contentSize) }
        // The room of a whole block lets the library write into it directly.
        let block = Self.blockSize(info.blockSizeID)
        let (most, overflow) = rest.count.multipliedReportingOverflow(by: Self.maximumRatio)
        let plausible = overflow ? block : max(1, min(most, block))
        var room =
            info.contentSize > 0 ? max(1, min(Int(clamping: info.contentSize), overflow ? .max : most)) : plausible
        while true {
            var consumed = 0
            var produced = 0
            var expected = 0
            var wasFull = false
            try budget.write(to: &output, room: room) { raw throws(CodecError) in
                consumed = rest.count
                produced = raw.count
                expected = try checked(
                    LZ4F_decompress(context, raw.baseAddress, &produced, rest.baseAddress, &consumed, nil))
                wasFull = produced == raw.count
                return produced
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[consumed...])
            if expected == 0 { return }
            let isStuck = consumed == 0 && produced == 0
            if isStuck || rest.isEmpty && !wasFull { throw .malformed("the lz4 stream is cut off") }
            room = plausible
        }
    }

    /// Reads the frame's header and judges it.
    private func readHeader(_ rest: inout UnsafeRawBufferPointer) throws(CodecError) -> LZ4F_frameInfo_t {
        var info = LZ4F_frameInfo_t()
        var consumed = rest.count
        _ = try checked(LZ4F_getFrameInfo(context, &info, rest.baseAddress, &consumed))
        rest = UnsafeRawBufferPointer(rebasing: rest[consumed...])
        guard info.frameType == LZ4F_frame else { throw .malformed("the lz4 stream holds a skippable frame") }
        guard info.blockMode == LZ4F_blockIndependent else {
            throw .malformed("the lz4 frame's blocks depend on each other, which Kafka's format excludes")
        }
        guard info.dictID == 0 else { throw .malformed("the lz4 frame needs a dictionary") }
        if info.blockSizeID.rawValue > Self.largestKeptBlock.rawValue { hasLargeBlocks = true }
        return info
    }

    private static func blockSize(_ id: LZ4F_blockSizeID_t) -> Int {
        switch id {
        case LZ4F_max256KB: 256 << 10
        case LZ4F_max1MB: 1 << 20
        case LZ4F_max4MB: 4 << 20
        default: 64 << 10
        }
    }

    private func checked(_ status: Int) throws(CodecError) -> Int {
        guard LZ4F_isError(status) == 0 else {
            let name = String(cString: LZ4F_getErrorName(status))
            if name == "ERROR_allocation_failed" { throw .failed("lz4 has no memory to decompress") }
            throw .malformed("the lz4 stream is malformed: \(name)")
        }
        return status
    }
}
