import BrokerFramework

/// Writes stretches of up to 128 bytes: one byte where all of them are the same, and all of them otherwise.
///
/// Before each stands its length less one; the highest bit says that the bytes are the same. Before all of them stands how
/// many bytes there are, so that it shows when some are missing.
public struct RunLength: CompressionCodec, Plugin {
    public static let name = "run-length"
    public static let summary = "Makes stretches of equal bytes short."

    public let type = CompressionType.custom5
    public let levels: CompressionLevels? = nil
    private static let version: UInt8 = 1

    public init(_ configuration: NoConfiguration) {}

    public func compress(_ bytes: ByteBuffer, level: Int?, into output: inout ByteBuffer) {
        output.writeInteger(Self.version)
        output.writeInteger(UInt32(clamping: bytes.readableBytes))
        var rest = bytes.readableBytesView
        while !rest.isEmpty {
            let stretch = rest.prefix(128)
            let isRun = stretch.allSatisfy { $0 == stretch.first }
            output.writeInteger(UInt8(stretch.count - 1) | (isRun ? 0x80 : 0))
            output.writeBytes(isRun ? stretch.prefix(1) : stretch)
            rest = rest.dropFirst(stretch.count)
        }
    }

    public func decompress(_ bytes: ByteBuffer, limit: Int, into output: inout ByteBuffer) throws(CodecError) {
        // Nothing is put out before all of it is known to be sound.
        var (bytes, restored) = (bytes, ByteBuffer())
        repeat {
            guard bytes.readInteger(as: UInt8.self) == Self.version, let size = bytes.readInteger(as: UInt32.self)
            else {
                throw .malformed("it is not what this codec writes")
            }
            let end = restored.readableBytes + Int(size)
            guard end <= limit else { throw .tooLarge(limit: limit) }
            while restored.readableBytes < end {
                guard let head = bytes.readInteger(as: UInt8.self) else { throw .malformed("it ends in the middle") }
                let (isRun, count) = (head & 0x80 != 0, Int(head & 0x7f) + 1)
                guard restored.readableBytes + count <= end, var stretch = bytes.readSlice(length: isRun ? 1 : count)
                else { throw .malformed("it ends in the middle") }
                if isRun, let byte = stretch.readInteger(as: UInt8.self) {
                    restored.writeRepeatingByte(byte, count: count)
                } else {
                    restored.writeBuffer(&stretch)
                }
            }
        } while bytes.readableBytes > 0
        output.writeBuffer(&restored)
    }
}
