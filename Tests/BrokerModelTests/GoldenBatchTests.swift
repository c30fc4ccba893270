import BrokerModel
import NIOCore
import Testing

@Suite struct `A batch of another implementation` {
    private func records(of golden: GoldenBatch) -> [Record] {
        golden.records.enumerated().map { index, record in
            Record(
                offset: Offset(index), timestamp: record.timestamp, key: record.key.map { ByteBuffer(string: $0) },
                value: record.value.map { ByteBuffer(string: $0) },
                headers: record.headers.map { name, value in
                    Record.Header(key: name, value: value.map { ByteBuffer(string: $0) })
                })
        }
    }

    @Test(arguments: GoldenBatch.all)
    func `is read`(golden: GoldenBatch) throws {
        let batch = try RecordBatch(ByteBuffer(hex: golden.hex))
        try batch.validateChecksum()
        var sequence = batch.records
        #expect(try sequence.collect() == records(of: golden))
        let summary = try batch.summarize(payload: batch.payload)
        #expect(summary.maxTimestamp == batch.header.maxTimestamp)
        #expect(summary.minTimestamp == golden.records.map(\.timestamp).min())
        #expect(summary.firstRecordWithoutKey == golden.records.firstIndex { $0.key == nil })
        #expect(batch.header.producerID == golden.producerID)
        #expect(batch.header.producerEpoch == golden.producerEpoch)
        #expect(batch.header.baseSequence == golden.baseSequence)
        #expect(batch.header.attributes.contains(.transactional) == golden.isTransactional)
    }

    @Test(arguments: GoldenBatch.all)
    func `is what the builder makes of the same records`(golden: GoldenBatch) {
        var builder = RecordBatchBuilder(
            producerID: golden.producerID, producerEpoch: golden.producerEpoch, baseSequence: golden.baseSequence,
            attributes: golden.isTransactional ? .transactional : [])
        for record in records(of: golden) {
            builder.append(
                timestamp: record.timestamp, key: record.key, value: record.value, headers: record.headers)
        }
        #expect(builder.build().hex == golden.hex)
        #expect(builder.byteCount == golden.hex.utf8.count / 2)
    }
}
