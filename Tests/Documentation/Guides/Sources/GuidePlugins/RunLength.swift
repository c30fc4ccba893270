import BrokerFramework

/// Writes each run of equal bytes as its length and the byte, behind a byte that tells the version.
public struct RunLength: CompressionCodec, Plugin {
    public static let name = "run-length"
    public static let summary = "Makes runs of equal bytes short."

    public let type = CompressionType.custom5
    public let levels: CompressionLevels? = nil
    private static let version: UInt8 = 1

    public init(_ configuration: NoConfiguration) {}

    public func compress(_ bytes: ByteBuffer, level: Int?, into output: inout ByteBuffer) {
        output.writeInteger(Self.version)
        var rest = bytes.readableBytesView
        while let byte = rest.first {
            let run = rest.prefix(255).prefix { $0 == byte }
            output.writeMultipleIntegers(UInt8(run.count), byte)
            rest = rest.dropFirst(run.count)
        }
    }

    public func decompress(_ bytes: ByteBuffer, limit: Int, into output: inout ByteBuffer) throws(CodecError) {
        var bytes = bytes
        guard bytes.readInteger(as: UInt8.self) == Self.version, bytes.readableBytes.isMultiple(of: 2) else {
            throw .malformed("it is not what this codec writes")
        }
        // The size comes first: nothing is written, and no memory taken, unless all of it may be.
        let view = bytes.readableBytesView
        let size = stride(from: view.startIndex, to: view.endIndex, by: 2).reduce(0) { $0 + Int(view[$1]) }
        guard size <= limit else { throw .tooLarge(limit: limit) }
        output.reserveCapacity(minimumWritableBytes: size)
        while let (count, byte) = bytes.readMultipleIntegers(as: (UInt8, UInt8).self) {
            output.writeRepeatingByte(byte, count: Int(count))
        }
    }
}
