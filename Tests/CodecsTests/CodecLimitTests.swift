import BrokerModel
import BrokerPluginAPI
import Codecs
import NIOCore
import Testing

/// Streams made to exhaust memory fail before they take it.
@Suite struct `A decompression bomb` {
    /// Decompresses and expects `.tooLarge`, and no more memory taken than the power of two that holds the limit.
    private func expectTooLarge(
        _ stream: ByteBuffer, by codec: any CompressionCodec, limit: Int,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        var output = ByteBuffer()
        #expect(throws: CodecError.tooLarge(limit: limit), sourceLocation: sourceLocation) {
            try codec.decompress(stream, limit: limit, into: &output)
        }
        #expect(output.readableBytes == 0, sourceLocation: sourceLocation)
        #expect(output.capacity < max(2, limit * 2), sourceLocation: sourceLocation)
    }

    @Test(arguments: compressedTypes, [0, 1, 1000, 65_536, 1_000_000])
    func `is stopped at the limit`(type: CompressionType, limit: Int) throws {
        let codec = try codec(type)
        let bomb = try codec.compressed(
            ByteBuffer(repeating: 0, count: 32 << 20), level: codec.levels?.range.upperBound)
        expectTooLarge(bomb, by: codec, limit: limit)
    }

    @Test(arguments: compressedTypes)
    func `is told from what just fits`(type: CompressionType) throws {
        let codec = try codec(type)
        for size in [1, 100, 4095, 4096, 4097, 32_768, 65_536, 65_537, 200_000] {
            for bytes in [Corpus.noise(size), ByteBuffer(repeating: 5, count: size)] {
                let stream = try codec.compressed(bytes)
                #expect(try codec.decompressed(stream, limit: size) == bytes)
                expectTooLarge(stream, by: codec, limit: size - 1)
            }
        }
        #expect(try codec.decompressed(codec.compressed(ByteBuffer()), limit: 0).readableBytes == 0)
        #expect(try codec.decompressed(codec.compressed(ByteBuffer()), limit: -5).readableBytes == 0)
    }

    @Test(arguments: compressedTypes)
    func `of many small streams is stopped too`(type: CompressionType) throws {
        let codec = try codec(type)
        let part = try codec.compressed(ByteBuffer(repeating: 1, count: 60_000))
        var stream = ByteBuffer()
        for _ in 0..<40 { stream.writeImmutableBuffer(part) }
        expectTooLarge(stream, by: codec, limit: 2_399_999)
        #expect(try codec.decompressed(stream, limit: 2_400_000) == ByteBuffer(repeating: 1, count: 2_400_000))
    }

    /// A zstd frame of `count` blocks that each stand for 128 KiB of one byte, without content size.
    private func zstdRunLengths(_ count: Int, window: UInt8 = 0x58) -> ByteBuffer {
        var stream = ByteBuffer(hex: "28b52ffd00")
        stream.writeInteger(window)
        for index in 0..<count {
            let header: UInt32 = 131_072 << 3 | 1 << 1 | (index == count - 1 ? 1 : 0)
            stream.writeBytes([0, 8, 16].map { UInt8(truncatingIfNeeded: header >> $0) } + [0])
        }
        return stream
    }

    @Test func `of zstd's run-length blocks takes nothing at all`() throws {
        let zstd = try codec(.zstd)
        let bomb = zstdRunLengths(100_000)
        var output = ByteBuffer()
        #expect(throws: CodecError.tooLarge(limit: 1 << 20)) {
            try zstd.decompress(bomb, limit: 1 << 20, into: &output)
        }
        #expect(output.capacity == 0)
        #expect(try zstd.decompressed(zstdRunLengths(8)) == ByteBuffer(repeating: 0, count: 1 << 20))
    }

    @Test func `that declares a huge content takes nothing at all`() throws {
        // Single-segment zstd frame with a content size of 2⁴⁰ − 1, and an LZ4 frame with one of 2⁴⁰ (the header made
        // by Python's lz4, whose checksum it has).
        let streams: [(CompressionType, String)] = [
            (.zstd, "28b52ffde0ffffffffff000000010000"), (.lz4, "04224d1868400000000000010000b7" + "00000000"),
        ]
        for (type, hex) in streams {
            var output = ByteBuffer()
            #expect(throws: CodecError.tooLarge(limit: 1000)) {
                try codec(type).decompress(ByteBuffer(hex: hex), limit: 1000, into: &output)
            }
            #expect(output.capacity == 0)
        }
    }

    @Test func `of snappy that says more than its bytes can hold takes nothing at all`() throws {
        let snappy = try codec(.snappy)
        for hex in [
            "ffffffff0f00", "ffffffff0f", "80808001000000", "825341",
            "82534e415050590000000001000000010000000580808040ff",
        ] {
            var output = ByteBuffer()
            #expect(throws: (any Error).self) {
                try snappy.decompress(ByteBuffer(hex: hex), limit: 1 << 30, into: &output)
            }
            #expect(output.capacity == 0)
        }
    }

    @Test func `by a large zstd window is refused, a smaller one is free`() throws {
        let zstd = try codec(.zstd)
        // 2²⁷ bytes are allowed: exponent 17; 2²⁷ + 2²⁴ and 2⁴¹ are not.
        #expect(try zstd.decompressed(zstdRunLengths(1, window: 17 << 3)).readableBytes == 131_072)
        for window in [17 << 3 | 1, 31 << 3 | 7] as [UInt8] {
            let error = zstd.attempt(zstdRunLengths(1, window: window))
            #expect(error?.isMalformed == true && error?.description.contains("window") == true)
        }
    }

    @Test func `of zstd blocks that hold nothing comes to an end`() throws {
        var stream = ByteBuffer(hex: "28b52ffd0058")
        for _ in 0..<50_000 { stream.writeBytes([0, 0, 0]) }
        stream.writeBytes([1, 0, 0])
        #expect(try codec(.zstd).decompressed(stream).readableBytes == 0)
    }
}
