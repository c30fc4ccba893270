import BrokerModel
import NIOCore
import Testing

@Suite struct `A record batch` {
    @Test(arguments: 0..<40 as Range<UInt64>)
    func `gives back the records it was built of`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let random = RandomBatch(using: &generator, holes: seed % 2 == 1)
        let bytes = random.builder.build()
        #expect(bytes.readableBytes == random.builder.byteCount)
        let batch = try RecordBatch(bytes)
        try batch.validateChecksum()
        var sequence = batch.records
        #expect(try sequence.collect() == random.records)
        #expect(try sequence.next() == nil)
        let header = batch.header
        #expect(header.totalByteCount == bytes.readableBytes)
        #expect(header.recordCount == Int32(random.records.count))
        #expect(header.lastOffset == random.records.last?.offset)
        #expect(header.maxTimestamp == random.records.map(\.timestamp).max())
        #expect(header.baseTimestamp == random.records.first?.timestamp)
        if seed % 2 == 0 {
            let summary = try batch.summarize(payload: batch.payload)
            let first = random.records.firstIndex { $0.timestamp == header.maxTimestamp }
            #expect(summary.maxTimestamp == header.maxTimestamp)
            #expect(Int(summary.offsetDeltaOfMaxTimestamp) == first)
            #expect(summary.minTimestamp == random.records.map(\.timestamp).min())
            #expect(summary.firstRecordWithoutKey == random.records.firstIndex { $0.key == nil })
        }
    }

    @Test func `lies at the start of a buffer and is followed by the next`() throws {
        var generator = SeededGenerator(seed: 77)
        var bytes = ByteBuffer(string: "unread")
        bytes.moveReaderIndex(forwardBy: 6)
        let batches = (0..<5).map { _ in RandomBatch(using: &generator, holes: false).builder.build() }
        for batch in batches { bytes.writeImmutableBuffer(batch) }
        var sequence = RecordBatchSequence(bytes)
        for batch in batches { #expect(try sequence.next()?.buffer == batch) }
        #expect(try sequence.next() == nil)

        var cutOff = RecordBatchSequence(bytes.getSlice(at: 6, length: batches[0].readableBytes + 30) ?? bytes)
        #expect(try cutOff.next() != nil)
        #expect(throws: RecordBatchError.truncated(needed: 61, available: 30)) { try cutOff.next() }
        #expect(try cutOff.next() == nil)
    }

    @Test func `without records is a header`() throws {
        let batch = try RecordBatch(RecordBatchBuilder(baseOffset: 9).build())
        #expect(batch.buffer.readableBytes == 61)
        try batch.validateChecksum()
        let summary = try batch.summarize(payload: batch.payload)
        #expect(summary.maxTimestamp == -1)
        var records = batch.records
        #expect(try records.next() == nil)
    }

    @Test(
        arguments: [([5, 9, 7, 9], 9, 1), ([-50, -20, -30], -20, 1), ([3, 3], 3, 0)]
            as [([Timestamp], Timestamp, Int32)])
    func `knows its largest timestamp and the first record that has it`(
        timestamps: [Timestamp], max: Timestamp, first: Int32
    ) throws {
        var builder = RecordBatchBuilder()
        for timestamp in timestamps { builder.append(timestamp: timestamp, key: nil, value: nil) }
        let batch = try RecordBatch(builder.build())
        let summary = try batch.summarize(payload: batch.payload)
        #expect(batch.header.maxTimestamp == max)
        #expect(summary.maxTimestamp == max)
        #expect(summary.offsetDeltaOfMaxTimestamp == first)
    }

    @Test func `appended by the broker has its one timestamp in all records`() throws {
        var builder = RecordBatchBuilder(attributes: .logAppendTime)
        for timestamp in [5, 9, 7] as [Timestamp] {
            builder.append(timestamp: timestamp, key: nil, value: ByteBuffer())
        }
        var records = try RecordBatch(builder.build()).records
        #expect(try records.collect().map(\.timestamp) == [9, 9, 9])
    }

    @Test func `may be given another offset and leader epoch without a new checksum`() throws {
        var builder = RecordBatchBuilder()
        builder.append(timestamp: 1, key: nil, value: ByteBuffer(string: "v"))
        var bytes = builder.build()
        bytes.withUnsafeMutableReadableBytes { raw in
            raw.storeBigEndian(Int64(4711), at: RecordBatchHeader.Position.baseOffset)
            raw.storeBigEndian(Int32(8), at: RecordBatchHeader.Position.partitionLeaderEpoch)
        }
        let batch = try RecordBatch(bytes)
        try batch.validateChecksum()
        #expect(batch.header.baseOffset == 4711)
        #expect(batch.header.partitionLeaderEpoch == 8)
    }

    @Test func `is not changed by what is appended to its builder later`() throws {
        var builder = RecordBatchBuilder()
        builder.append(timestamp: 1, key: nil, value: ByteBuffer(string: "first"))
        let batch = builder.build()
        let payload = builder.payload
        let copy = batch.hex
        builder.append(timestamp: 2, key: nil, value: ByteBuffer(string: "second"))
        #expect(batch.hex == copy)
        #expect(builder.build(payload: payload, compression: .zstd).readableBytes == batch.readableBytes)
        #expect(
            try RecordBatch(builder.build(payload: payload, compression: .zstd)).header.attributes.compression == .zstd)
    }
}
