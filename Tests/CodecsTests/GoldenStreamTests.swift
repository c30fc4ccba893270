import BrokerModel
import BrokerPluginAPI
import Codecs
import NIOCore
import Testing

@Suite struct `A stream of another implementation` {
    @Test(arguments: GoldenStream.all)
    func `is decompressed`(golden: GoldenStream) throws {
        let codec = try codec(golden.codec)
        let stream = ByteBuffer(hex: golden.hex)
        #expect(try codec.decompressed(stream) == ByteBuffer(string: goldenText))
        let size = goldenText.utf8.count
        #expect(try codec.decompressed(stream, limit: size).readableBytes == size)
        for limit in [0, 1, 99, size - 1] {
            #expect(throws: CodecError.tooLarge(limit: limit)) { try codec.decompressed(stream, limit: limit) }
        }
    }

    @Test(arguments: GoldenStream.all)
    func `is refused when it is cut off, and harmless when it is damaged`(golden: GoldenStream) throws {
        try exercise(codec(golden.codec), ByteBuffer(hex: golden.hex))
    }

    @Test func `with linked blocks is refused as Kafka refuses it`() throws {
        let stream = ByteBuffer(hex: GoldenStream.linkedLZ4)
        let error = try codec(.lz4).attempt(stream)
        #expect(error?.isMalformed == true && error?.description.contains("depend on each other") == true)
    }

    @Test(arguments: librdkafkaBatches)
    func `from librdkafka is a batch whose records can be read`(compression: CompressionType, hex: String) throws {
        let batch = try RecordBatch(ByteBuffer(hex: hex))
        try batch.validateChecksum()
        #expect(batch.header.attributes.compression == compression)
        let payload = compression == .none ? batch.payload : try codec(compression).decompressed(batch.payload)
        #expect(try batch.summarize(payload: payload).firstRecordWithoutKey == nil)
        var sequence = batch.records(from: payload)
        let records = try sequence.collect()
        #expect(records.map(\.key) == [ByteBuffer(string: "k0"), ByteBuffer(string: "k1")])
        #expect(records.map(\.timestamp) == [1_700_000_000_000, 1_700_000_000_001])
        for record in records {
            #expect(record.value == ByteBuffer(string: goldenText))
            #expect(
                record.headers == [
                    Record.Header(key: "h", value: ByteBuffer(string: "v")), Record.Header(key: "n", value: nil),
                ])
        }
    }
}

/// Decompresses every beginning of `stream`, none of which may pass for the whole, and `stream` with each byte
/// changed, which must not trap or go beyond the limit.
func exercise(_ codec: any CompressionCodec, _ stream: ByteBuffer) throws {
    let whole = try codec.decompressed(stream)
    let limit = whole.readableBytes + 50
    for length in 0..<stream.readableBytes {
        let prefix = stream.getSlice(at: stream.readerIndex, length: length) ?? stream
        var output = ByteBuffer(string: "before")
        if let error = codec.attempt(prefix, limit: limit, into: &output) {
            #expect(error.isMalformed && output == ByteBuffer(string: "before"))
        } else {
            // A stream of several parts may end after one of them; then what it holds is a beginning.
            #expect(output.readableBytes < whole.readableBytes + 6, "\(length) bytes pass for the whole")
        }
    }
    var generator = SeededGenerator(seed: 3)
    for position in 0..<stream.readableBytes {
        let byte = stream.readableBytesView[stream.readerIndex + position]
        for value in [byte ^ 1, byte ^ 0x80, 0, 0x7F, 0xFF, UInt8.random(in: 0...255, using: &generator)] {
            var output = ByteBuffer(string: "before")
            let damaged = stream.replacing(at: position, with: value)
            if codec.attempt(damaged, limit: limit, into: &output) != nil {
                #expect(output == ByteBuffer(string: "before"))
            } else {
                #expect(output.readableBytes <= limit + 6)
            }
        }
    }
}
