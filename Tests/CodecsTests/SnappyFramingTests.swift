import BrokerModel
import Codecs
import BrokerPluginAPI
import NIOCore
import Testing

@Suite struct `Snappy's framing` {
    @Test func `is that of the xerial library`() throws {
        let snappy = SnappyCodec()
        let header = "82534e4150505900" + "00000001" + "00000001"
        #expect(try snappy.compressed(ByteBuffer()).hex == header)
        // One block of five bytes: its length, then snappy's size and a literal.
        #expect(try snappy.compressed(ByteBuffer(string: "abc")).hex == header + "00000005" + "03" + "08" + "616263")
    }

    @Test func `holds 32 KiB of input in a block`() throws {
        let stream = try SnappyCodec().compressed(Corpus.noise(70_000))
        var sizes: [Int] = []
        var position = 16
        while let length = stream.getInteger(at: position, as: Int32.self) {
            let block = try #require(stream.getBytes(at: position + 4, length: Int(length)))
            // The size before snappy's block is a little-endian base-128 number.
            let digits = block.prefix { $0 >= 128 } + block.drop { $0 >= 128 }.prefix(1)
            sizes.append(digits.reversed().reduce(0) { $0 << 7 | Int($1 & 127) })
            position += 4 + Int(length)
        }
        #expect(sizes == [32_768, 32_768, 70_000 - 65_536])
    }

    @Test func `may begin again, be missing, and has a version`() throws {
        let snappy = SnappyCodec()
        var twice = try snappy.compressed(ByteBuffer(string: "abc"))
        twice.writeImmutableBuffer(twice)
        #expect(try snappy.decompressed(twice) == ByteBuffer(string: "abcabc"))
        #expect(try snappy.decompressed(ByteBuffer(hex: "0308616263")) == ByteBuffer(string: "abc"))
        let old = ByteBuffer(hex: "82534e415050590000000000000000000000000503086162" + "63")
        #expect(throws: CodecError.malformed("the snappy stream has version 0")) { try snappy.decompressed(old) }
    }
}

@Suite struct `LZ4's frame` {
    /// As Kafka's Java clients write it: version 1, independent blocks, nothing else; blocks of 64 KiB; the header's
    /// checksum; a literal block; the end mark.
    @Test func `is that of Kafka's Java clients`() throws {
        let stream = try LZ4Codec().compressed(ByteBuffer(string: "abc"))
        #expect(stream.hex == "04224d18" + "60" + "40" + "82" + "03000080" + "616263" + "00000000")
    }
}
