import BrokerModel
import BrokerPluginAPI
import Codecs
import NIOCore
import Testing

@Suite struct `A damaged stream` {
    @Test(arguments: compressedTypes, [Corpus.empty, .oneByte, .text])
    func `is refused or harmless`(type: CompressionType, corpus: Corpus) throws {
        let codec = try codec(type)
        try exercise(codec, codec.compressed(corpus.bytes))
    }

    @Test(arguments: compressedTypes)
    func `cut in its middle is malformed`(type: CompressionType) throws {
        let codec = try codec(type)
        let stream = try codec.compressed(Corpus.mixture(300_000))
        for length in stride(from: 1, to: stream.readableBytes, by: 997) {
            // Between two blocks of snappy's framing there is nothing that could be missed.
            guard let prefix = stream.getSlice(at: 0, length: length), type != .snappy else { continue }
            #expect(codec.attempt(prefix)?.isMalformed == true, "\(length) bytes")
        }
    }

    @Test(arguments: compressedTypes)
    func `of noise is refused or harmless`(type: CompressionType) throws {
        let codec = try codec(type)
        var generator = SeededGenerator(seed: 11)
        let magic = try Array(codec.compressed(ByteBuffer(string: "x")).readableBytesView.prefix(16))
        for _ in 0..<2000 {
            let head = magic.prefix(Int.random(in: 0...magic.count, using: &generator))
            let noise = (0..<Int.random(in: 0...80, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            var output = ByteBuffer()
            let error = codec.attempt(ByteBuffer(bytes: head + noise), limit: 10_000, into: &output)
            #expect(output.readableBytes <= (error == nil ? 10_000 : 0))
        }
    }

    @Test(arguments: [CompressionType.gzip, .lz4, .zstd])
    func `with something behind it is malformed`(type: CompressionType) throws {
        let codec = try codec(type)
        for tail in ["x", "something that is no stream at all"] {
            var stream = try codec.compressed(ByteBuffer(string: goldenText))
            stream.writeString(tail)
            #expect(codec.attempt(stream)?.isMalformed == true)
        }
    }

    @Test(arguments: compressedTypes)
    func `of no bytes is malformed`(type: CompressionType) throws {
        #expect(try codec(type).attempt(ByteBuffer())?.isMalformed == true)
    }
}
