import BrokerModel
import NIOCore
import Testing

/// Damaged batches are an error or other records, never a trap; and both readers agree.
@Suite struct `A damaged record batch` {
    private func read(_ bytes: ByteBuffer) {
        guard let batch = try? RecordBatch(bytes) else { return }
        try? batch.validateChecksum()
        var records = batch.records
        let walked = Result { () throws(RecordBatchError) in try records.collect() }
        let summary = Result { () throws(RecordBatchError) in try batch.summarize(payload: batch.payload) }
        // What the summary accepts, the walk accepts; the summary looks for more.
        if case .success(let summary) = summary {
            guard case .success(let all) = walked else {
                Issue.record("the summary accepts what the walk refuses: \(bytes.hex)")
                return
            }
            if !batch.header.attributes.contains(.logAppendTime), !all.isEmpty {
                #expect(summary.maxTimestamp == all.map(\.timestamp).max())
            }
        }
        for record in (try? walked.get()) ?? [] { _ = EndTransactionMarker(record: record) }
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func `is read without a trap at every cut and flip`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var batch = RandomBatch(using: &generator, holes: false)
        while batch.builder.byteCount > 1500 { batch = RandomBatch(using: &generator, holes: false) }
        let bytes = batch.builder.build()
        for length in 0..<bytes.readableBytes {
            let prefix = bytes.getSlice(at: 0, length: length) ?? bytes
            read(prefix)
            // The same with a length that fits, so that the records are looked at.
            if length >= 61 {
                var repaired = prefix
                repaired.setInteger(Int32(length - 12), at: 8)
                read(repaired)
            }
        }
        for position in 0..<bytes.readableBytes {
            let byte = bytes.readableBytesView[position]
            for value in [byte ^ 1, byte ^ 0x80, 0, 1, 0x7F, 0xFF, UInt8.random(in: 0...255, using: &generator)] {
                read(bytes.replacing(at: position, with: value))
            }
        }
    }

    @Test func `of noise is read without a trap`() {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<3000 {
            let noise = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
                // Small numbers get far into a record.
                UInt8.random(in: 0...(Bool.random(using: &generator) ? 12 : 255), using: &generator)
            }
            let header = RecordBatchHeader(
                baseOffset: 0, batchLength: 0, lastOffsetDelta: 0, baseTimestamp: 0, maxTimestamp: 0, recordCount: 2)
            read(RecordBatchBuilder.assemble(header: header, payload: ByteBuffer(bytes: noise)))
        }
    }
}
