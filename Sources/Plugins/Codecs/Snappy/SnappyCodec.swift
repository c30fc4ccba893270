public import BrokerModel
public import BrokerPluginAPI
internal import CSnappy
internal import CodecSupport
public import NIOCore

/// Compresses with Google's snappy in the framing of the xerial Java library, which Kafka's Java clients write.
///
/// Reads that framing, also several streams one behind the other, and the bare format that librdkafka writes. Safe
/// on any thread; keeps nothing between calls.
public struct SnappyCodec: CompressionCodec, Plugin {
    public static let name = "snappy"
    public static let summary = "Fast, with the least compression."

    public init(_ configuration: NoConfiguration = NoConfiguration()) {}

    public var type: CompressionType { .snappy }
    public var levels: CompressionLevels? { nil }

    public func compress(_ bytes: ByteBuffer, level: Int?, into output: inout ByteBuffer) throws(CodecError) {
        let blocks = (bytes.readableBytes + XerialFraming.blockSize - 1) / XerialFraming.blockSize
        let bound = XerialFraming.headerSize + blocks * XerialFraming.blockBound
        try output.appendCompressed(bound: bound) { room throws(CodecError) in
            try bytes.withUnsafeReadableBytes { raw throws(CodecError) in
                try XerialFraming.write(raw, to: room)
            }
        }
    }

    public func decompress(_ bytes: ByteBuffer, limit: Int, into output: inout ByteBuffer) throws(CodecError) {
        try output.appendingAllOrNothing { output throws(CodecError) in
            try bytes.withUnsafeReadableBytes { raw throws(CodecError) in
                var budget = OutputBudget(limit: limit, output: output)
                var blocks = SnappyBlocks(raw)
                // First sum up what all blocks say they hold, so that memory is taken once, and not for a bomb.
                var total = 0
                while let block = try blocks.next() {
                    total += try snappySize(of: block)
                    try budget.require(total)
                }
                blocks = SnappyBlocks(raw)
                while let block = try blocks.next() {
                    let size = try snappySize(of: block)
                    guard size > 0 else { continue }
                    try budget.write(to: &output, room: total - budget.produced) { room throws(CodecError) in
                        try decompress(block, into: room)
                    }
                }
            }
        }
    }

    private func decompress(
        _ block: UnsafeRawBufferPointer, into room: UnsafeMutableRawBufferPointer
    ) throws(CodecError) -> Int {
        var size = room.count
        let status = snappy_uncompress(
            block.assumingMemoryBound(to: CChar.self).baseAddress, block.count,
            room.assumingMemoryBound(to: CChar.self).baseAddress, &size)
        guard status == SNAPPY_OK else { throw .malformed("a snappy block is malformed") }
        return size
    }
}
