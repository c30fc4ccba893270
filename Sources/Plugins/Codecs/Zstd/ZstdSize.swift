internal import BrokerPluginAPI

/// What a zstd stream's headers say of its decompressed size, read without decompressing: blocks of RFC 8878 stand
/// one behind the other, each with its length.
struct ZstdSize {
    /// The stream decompresses to at least so many bytes, or is malformed.
    private(set) var least = 0
    /// It decompresses to at most so many bytes, or is malformed.
    private(set) var most = 0

    private static let frameMagic: UInt32 = 0xFD2F_B528
    private static let skippableMagic: UInt32 = 0x184D_2A50
    private static let largestBlock: UInt64 = 128 << 10
    /// 2²⁷ bytes, which is where readers stop unless told otherwise.
    private static let largestWindow: UInt64 = 1 << 27

    /// Walks all frames of `bytes`; throws where they are cut off or not frames.
    init(scanning bytes: UnsafeRawBufferPointer) throws(CodecError) {
        guard !bytes.isEmpty else { throw .malformed("the zstd stream is empty") }
        var reader = Reader(bytes: bytes)
        while !reader.isAtEnd {
            let magic = UInt32(truncatingIfNeeded: try reader.take(4))
            if magic & ~0xF == Self.skippableMagic {
                try reader.skip(Int(try reader.take(4)))
            } else if magic == Self.frameMagic {
                try addFrame(&reader)
            } else {
                throw .malformed("the zstd stream does not begin with a frame")
            }
        }
    }

    private mutating func addFrame(_ reader: inout Reader) throws(CodecError) {
        let descriptor = try reader.take(1)
        let isSingleSegment = descriptor & 0x20 != 0
        var window = UInt64.max
        if !isSingleSegment {
            let byte = try reader.take(1)
            let base: UInt64 = 1 << (10 + byte >> 3)
            window = base + base / 8 * (byte & 7)
            guard window <= Self.largestWindow else {
                throw .malformed("the zstd frame needs a window of \(window) bytes, more than \(Self.largestWindow)")
            }
        }
        try reader.skip([0, 1, 2, 4][Int(descriptor & 3)])
        let content: UInt64? =
            switch descriptor >> 6 {
            case 0: isSingleSegment ? try reader.take(1) : nil
            case 1: try reader.take(2) + 256
            case 2: try reader.take(4)
            default: try reader.take(8)
            }
        let blocks = try addBlocks(&reader, largest: min(window, content ?? .max, Self.largestBlock))
        if descriptor & 4 != 0 { try reader.skip(4) }
        add(least: content ?? blocks.least, most: min(content ?? .max, blocks.most))
    }

    /// The sizes of a frame's blocks, which end with one that is marked as the last.
    private func addBlocks(
        _ reader: inout Reader, largest: UInt64
    ) throws(CodecError) -> (least: UInt64, most: UInt64) {
        var sizes: (least: UInt64, most: UInt64) = (0, 0)
        while true {
            // A block takes three bytes of input or more and its size 21 bits, so the sums do not overflow.
            let header = try reader.take(3)
            let size = header >> 3
            switch header >> 1 & 3 {
            case 0:
                try reader.skip(Int(size))
                sizes = (sizes.least + size, sizes.most + size)
            case 1:
                try reader.skip(1)
                sizes = (sizes.least + size, sizes.most + size)
            case 2:
                try reader.skip(Int(size))
                sizes.most += largest
            default: throw .malformed("a zstd block is of the reserved type")
            }
            if header & 1 != 0 { return sizes }
        }
    }

    private mutating func add(least: UInt64, most: UInt64) {
        self.least = Int(clamping: UInt64(self.least).saturatingAdd(least))
        self.most = Int(clamping: UInt64(self.most).saturatingAdd(most))
    }

    /// Reads little-endian numbers.
    private struct Reader {
        let bytes: UnsafeRawBufferPointer
        var position = 0

        init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

        var isAtEnd: Bool { position == bytes.count }

        mutating func take(_ count: Int) throws(CodecError) -> UInt64 {
            let start = position
            try skip(count)
            var value: UInt64 = 0
            for index in (start..<position).reversed() { value = value << 8 | UInt64(bytes[index]) }
            return value
        }

        mutating func skip(_ count: Int) throws(CodecError) {
            guard count <= bytes.count - position else { throw .malformed("the zstd stream is cut off") }
            position += count
        }
    }
}

extension UInt64 {
    fileprivate func saturatingAdd(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
