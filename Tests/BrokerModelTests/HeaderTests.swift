import BrokerModel
import NIOCore
import Testing

@Suite struct `A batch header` {
    @Test func `counts sequence numbers in a ring`() {
        var header = RecordBatchHeader(
            baseOffset: 0, batchLength: 49, lastOffsetDelta: 4, baseTimestamp: 0, maxTimestamp: 0,
            baseSequence: .max - 1, recordCount: 5)
        #expect(header.lastSequence == 2)
        header.lastOffsetDelta = 1
        #expect(header.lastSequence == .max)
        header.baseSequence = -1
        #expect(header.lastSequence == -1)
        #expect(RecordBatchHeader.sequence(.max, advancedBy: 1) == 0)
        #expect(RecordBatchHeader.sequence(.max, advancedBy: .max) == Int32.max - 1)
        #expect(RecordBatchHeader.sequence(0, advancedBy: .max) == .max)
        #expect(RecordBatchHeader.sequence(7, advancedBy: 0) == 7)
    }

    @Test func `survives its bytes`() {
        let header = RecordBatchHeader(
            baseOffset: 0x0102_0304_0506_0708, batchLength: 0x1112_1314, partitionLeaderEpoch: 0x2122_2324,
            checksum: 0xF1F2_F3F4, attributes: BatchAttributes(rawValue: 0x3132), lastOffsetDelta: 0x4142_4344,
            baseTimestamp: -2, maxTimestamp: 0x6162_6364_6566_6768, producerID: 0x7172_7374_7576_7778,
            producerEpoch: 0x0182, baseSequence: 0x1192_9394, recordCount: 0x21A2_A3A4)
        var bytes = ByteBuffer(repeating: 0, count: 61)
        bytes.withUnsafeMutableReadableBytes { header.write(to: $0) }
        #expect(
            bytes.hex
                == "01020304050607081112131421222324" + "02" + "f1f2f3f4" + "3132" + "41424344" + "fffffffffffffffe"
                + "6162636465666768" + "7172737475767778" + "0182" + "11929394" + "21a2a3a4")
        #expect(bytes.withUnsafeReadableBytes { RecordBatchHeader($0) } == header)
        #expect(
            bytes.withUnsafeReadableBytes { RecordBatchHeader(UnsafeRawBufferPointer(rebasing: $0.dropLast())) } == nil)
    }

    @Test func `does not trap on the largest numbers`() {
        let header = RecordBatchHeader(
            baseOffset: .max, batchLength: .max, lastOffsetDelta: .max, baseTimestamp: .max, maxTimestamp: .max,
            baseSequence: .max, recordCount: .max)
        #expect(header.lastOffset == Offset.max &+ Offset(Int32.max))
        #expect(header.nextOffset == header.lastOffset &+ 1)
        #expect(header.totalByteCount == Int(Int32.max) + 12)
    }

    @Test func `names its codec and flags by their bits`() {
        for type in (0...7).compactMap(CompressionType.init(rawValue:)) {
            let attributes = BatchAttributes(compression: type, timestampType: .logAppendTime)
            #expect(attributes.rawValue == Int16(type.rawValue) | 8)
            #expect(attributes.compression == type)
            #expect(attributes.timestampType == .logAppendTime)
            #expect(BatchAttributes(rawValue: 0x7F).with(compression: type).rawValue == 0x78 | Int16(type.rawValue))
        }
        for value in 0...7 as ClosedRange<Int16> {
            #expect(BatchAttributes(rawValue: value | 0x78).compression.rawValue == value)
        }
        #expect(BatchAttributes.transactional.rawValue == 0x10)
        #expect(BatchAttributes.control.rawValue == 0x20)
        #expect(BatchAttributes.deleteHorizon.rawValue == 0x40)
    }
}

@Suite struct `A compression type` {
    @Test func `is found by its name`() {
        for type in CompressionType.standard { #expect(CompressionType(name: type.name) == type) }
        #expect(CompressionType(name: "uncompressed") == CompressionType.none)
        for name in ["", "GZIP", "producer", "brotli", "custom-5"] { #expect(CompressionType(name: name) == nil) }
    }
}
