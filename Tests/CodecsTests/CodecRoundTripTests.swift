import BrokerModel
import BrokerPluginAPI
import Codecs
import NIOCore
import Testing

@Suite struct `A codec` {
    @Test(arguments: compressedTypes, Corpus.allCases)
    func `gives back what it compressed`(type: CompressionType, corpus: Corpus) throws {
        let codec = try codec(type)
        let bytes = corpus.bytes
        let compressed = try codec.compressed(bytes)
        #expect(compressed.readableBytes > 0)
        #expect(try codec.decompressed(compressed) == bytes)
        if corpus == .zeros { #expect(compressed.readableBytes < bytes.readableBytes / 15) }
    }

    @Test(arguments: compressedTypes)
    func `appends, and leaves alone what was there`(type: CompressionType) throws {
        let codec = try codec(type)
        let bytes = Corpus.longText.bytes
        var compressed = ByteBuffer(string: "before")
        let alias = compressed
        try codec.compress(bytes, level: nil, into: &compressed)
        #expect(compressed.readString(length: 6) == "before")
        var output = ByteBuffer(string: "before")
        try codec.decompress(compressed, limit: 1 << 20, into: &output)
        #expect(output.readString(length: 6) == "before")
        #expect(output == bytes)
        #expect(alias == ByteBuffer(string: "before"))
    }

    @Test(arguments: compressedTypes)
    func `works at the edges of its blocks`(type: CompressionType) throws {
        let codec = try codec(type)
        for edge in [32 << 10, 64 << 10, 128 << 10] {
            for size in [edge - 1, edge, edge + 1] {
                for bytes in [Corpus.noise(size), Corpus.mixture(size)] {
                    #expect(try codec.decompressed(codec.compressed(bytes), limit: size) == bytes)
                }
            }
        }
    }

    @Test(arguments: compressedTypes)
    func `takes each of its levels and no other`(type: CompressionType) throws {
        let codec = try codec(type)
        let bytes = Corpus.longText.bytes
        guard let levels = codec.levels else {
            #expect(type == .snappy)
            return
        }
        let tried = [-131_072, -1000, -1, 0] + Array(1...25)
        for level in tried {
            if levels.contains(level) {
                let compressed = try codec.compressed(bytes, level: level)
                #expect(try codec.decompressed(compressed) == bytes)
            } else {
                var output = ByteBuffer(string: "before")
                #expect(throws: CodecError.unsupportedLevel(level)) {
                    try codec.compress(bytes, level: level, into: &output)
                }
                #expect(output == ByteBuffer(string: "before"))
            }
        }
        #expect(try codec.compressed(bytes) == codec.compressed(bytes, level: levels.standard))
    }

    @Test func `has Kafka's levels`() throws {
        #expect(try codec(.gzip).levels == CompressionLevels(range: 1...9, standard: -1))
        #expect(try codec(.snappy).levels == nil)
        #expect(try codec(.lz4).levels == CompressionLevels(range: 1...17, standard: 9))
        #expect(try codec(.zstd).levels == CompressionLevels(range: -131_072...22, standard: 3))
    }

    /// A context that is used again must forget the last call's level and data.
    @Test(arguments: compressedTypes)
    func `compresses alike whatever it did before`(type: CompressionType) throws {
        let codec = try codec(type)
        let bytes = Corpus.longText.bytes
        let expected = try codec.compressed(bytes)
        for level in [1, 9, 12] where codec.levels?.contains(level) ?? false {
            _ = try codec.compressed(Corpus.noise(5000), level: level)
        }
        #expect(throws: CodecError.self) { try codec.decompressed(Corpus.noise(5000)) }
        #expect(try codec.compressed(bytes) == expected)
        #expect(try codec.decompressed(expected) == bytes)
    }

    @Test func `makes smaller output at higher levels`() throws {
        let bytes = Corpus.longText.bytes
        for (type, low, high) in [(.gzip, 1, 9), (.lz4, 9, 12), (.zstd, 1, 19)] as [(CompressionType, Int, Int)] {
            let codec = try codec(type)
            let (fast, small) = (try codec.compressed(bytes, level: low), try codec.compressed(bytes, level: high))
            #expect(small.readableBytes < fast.readableBytes, "\(type)")
        }
    }

    @Test(arguments: compressedTypes)
    func `is shared by threads`(type: CompressionType) async throws {
        let codec = try codec(type)
        let inputs = (0..<8).map { Corpus.mixture(20_000 + $0 * 9000) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, input) in inputs.enumerated() {
                group.addTask {
                    for round in 0..<25 {
                        let level = codec.levels == nil ? nil : 1 + (index + round) % 6
                        let compressed = try codec.compressed(input, level: level)
                        #expect(try codec.decompressed(compressed) == input)
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
