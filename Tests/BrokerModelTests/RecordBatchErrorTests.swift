import BrokerModel
import NIOCore
import Testing

/// Every error of the parser, reached by bytes made by hand.
@Suite struct `A malformed record batch` {
    /// Two records: (1, nil → "a"), (2, "k" → "b", header h = v).
    private var sound: ByteBuffer {
        var builder = RecordBatchBuilder()
        builder.append(timestamp: 1, key: nil, value: ByteBuffer(string: "a"))
        builder.append(
            timestamp: 2, key: ByteBuffer(string: "k"), value: ByteBuffer(string: "b"),
            headers: [Record.Header(key: "h", value: ByteBuffer(string: "v"))])
        return builder.build()
    }

    /// Throws what the summary says of a batch that counts `count` records in `payload`.
    private func summarize(_ payload: [UInt8], count: Int32 = 1, baseTimestamp: Int64 = 0) throws {
        let header = RecordBatchHeader(
            baseOffset: 0, batchLength: 0, lastOffsetDelta: max(0, count - 1), baseTimestamp: baseTimestamp,
            maxTimestamp: 0, recordCount: count)
        let batch = try RecordBatch(RecordBatchBuilder.assemble(header: header, payload: ByteBuffer(bytes: payload)))
        _ = try batch.summarize(payload: batch.payload)
    }

    /// The same by the walk over the records, which must find the same fault unless only the summary looks for it.
    private func walk(_ payload: [UInt8], count: Int32 = 1) throws {
        let header = RecordBatchHeader(
            baseOffset: 0, batchLength: 0, lastOffsetDelta: 0, baseTimestamp: 0, maxTimestamp: 0, recordCount: count)
        let batch = try RecordBatch(RecordBatchBuilder.assemble(header: header, payload: ByteBuffer(bytes: payload)))
        var records = batch.records
        _ = try records.collect()
    }

    @Test func `is told from a short one`() {
        let bytes = sound
        for length in 0..<bytes.readableBytes {
            let prefix = bytes.getSlice(at: 0, length: length) ?? bytes
            let needed = length < 61 ? 61 : bytes.readableBytes
            #expect(throws: RecordBatchError.truncated(needed: needed, available: length)) { try RecordBatch(prefix) }
        }
    }

    @Test func `has an old format or an unknown one`() {
        for magic in [0, 1, 3, 0xFF] as [UInt8] {
            let bytes = sound.replacing(at: 16, with: magic)
            #expect(throws: RecordBatchError.unsupportedMagic(Int8(bitPattern: magic))) { try RecordBatch(bytes) }
            // Also if it is shorter than a header of format 2: old batches can be.
            let short = bytes.getSlice(at: 0, length: 17) ?? bytes
            #expect(throws: RecordBatchError.unsupportedMagic(Int8(bitPattern: magic))) { try RecordBatch(short) }
        }
    }

    @Test func `has a length that no header fits in`() {
        for length in [-1, 0, 48, .min] as [Int32] {
            var bytes = sound
            bytes.setInteger(length, at: 8)
            #expect(throws: RecordBatchError.badLength(length)) { try RecordBatch(bytes) }
        }
        var bytes = sound
        bytes.setInteger(Int32.max, at: 8)
        let needed = Int(Int32.max) + 12
        #expect(throws: RecordBatchError.truncated(needed: needed, available: bytes.readableBytes)) {
            try RecordBatch(bytes)
        }
    }

    @Test func `does not fit its checksum when any covered bit flips`() throws {
        let bytes = sound
        let stored = try RecordBatch(bytes).header.checksum
        for position in 21..<bytes.readableBytes {
            let byte = bytes.readableBytesView[position]
            for bit in 0..<8 {
                let batch = try RecordBatch(bytes.replacing(at: position, with: byte ^ 1 << bit))
                do throws(RecordBatchError) {
                    try batch.validateChecksum()
                    Issue.record("bit \(bit) of byte \(position)")
                } catch .checksumMismatch(let found, let computed) {
                    #expect(found == stored && computed != stored)
                } catch { Issue.record(error) }
            }
        }
    }

    @Test func `counts more or fewer records than there are`() {
        // Length 6: attributes, timestamp delta, offset delta, key −1, value −1, no headers.
        let record: [UInt8] = [12, 0, 0, 0, 1, 1, 0]
        #expect(throws: Never.self) { try summarize(record) }
        #expect(throws: RecordBatchError.badRecordCount(2)) { try summarize(record, count: 2) }
        #expect(throws: RecordBatchError.badRecordCount(.max)) { try summarize(record, count: .max) }
        #expect(throws: RecordBatchError.badRecordCount(-1)) { try summarize(record, count: -1) }
        #expect(throws: RecordBatchError.trailingBytes(7)) { try summarize(record, count: 0) }
        #expect(throws: RecordBatchError.trailingBytes(1)) { try summarize(record + [0]) }
        #expect(throws: RecordBatchError.badRecordCount(2)) { try walk(record, count: 2) }
        #expect(throws: RecordBatchError.badRecordCount(-7)) { try walk(record, count: -7) }
        #expect(throws: RecordBatchError.trailingBytes(1)) { try walk(record + [0]) }
        #expect(throws: RecordBatchError.badRecordCount(1)) { try summarize([]) }
    }

    static let faults: [(RecordBatchError.Reason, [UInt8])] = [
        (.length, [0x80]),  // does not end
        (.length, [14, 0, 0, 0, 1, 1, 0]),  // one byte more than there is
        (.length, [1, 0, 0, 0, 1, 1, 0]),  // −1
        (.length, [0xFF, 0xFF, 0xFF, 0xFF, 0x1F, 0]),  // 33 bits
        (.length, [0x80, 0x80, 0x80, 0x80, 0x80, 0x00]),  // six bytes
        (.attributes, [0]),
        (.timestampDelta, [2, 0]),
        (.timestampDelta, [4, 0, 0x80, 1, 1, 1, 0]),  // would end behind the record
        (.timestampDelta, [24, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02, 0]),  // 65 bits
        (.offsetDelta, [4, 0, 0]),
        (.offsetDelta, [16, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x10, 0]),
        (.key, [6, 0, 0, 0]),
        (.key, [12, 0, 0, 0, 3, 1, 0]),  // −2
        (.key, [12, 0, 0, 0, 6, 1, 0]),  // 3 of 2 bytes
        (.key, [12, 0, 0, 0, 0x80, 0x80, 0x80]),
        (.value, [8, 0, 0, 0, 1]),
        (.value, [12, 0, 0, 0, 1, 3, 0]),
        (.value, [12, 0, 0, 0, 1, 4, 0]),
        (.headerCount, [10, 0, 0, 0, 1, 1]),
        (.headerCount, [12, 0, 0, 0, 1, 1, 1]),  // −1
        (.headerCount, [12, 0, 0, 0, 1, 1, 2]),  // one, without room for it
        (.headerCount, [22, 0, 0, 0, 1, 1, 0xFE, 0xFF, 0xFF, 0xFF, 0x0F, 0]),
        (.header, [16, 0, 0, 0, 1, 1, 2, 1, 1]),  // a null key
        (.header, [16, 0, 0, 0, 1, 1, 2, 4, 1]),
        (.header, [16, 0, 0, 0, 1, 1, 2, 0, 2]),
        (.header, [16, 0, 0, 0, 1, 1, 2, 0, 3]),
        (.trailing, [14, 0, 0, 0, 1, 1, 0, 0]),
    ]

    @Test(arguments: faults)
    func `is told by record and reason`(reason: RecordBatchError.Reason, payload: [UInt8]) {
        #expect(throws: RecordBatchError.badRecord(index: 0, reason: reason)) { try summarize(payload) }
        #expect(throws: RecordBatchError.badRecord(index: 0, reason: reason)) { try walk(payload) }
        // The same behind a sound record.
        let sound: [UInt8] = [12, 0, 0, 0, 1, 1, 0]
        #expect(throws: RecordBatchError.badRecord(index: 1, reason: reason)) {
            try summarize(
                sound + payload.enumerated().map { $0 == 3 && $1 == 0 ? 2 : $1 }, count: 2)
        }
        #expect(throws: RecordBatchError.badRecord(index: 1, reason: reason)) { try walk(sound + payload, count: 2) }
    }

    @Test func `has offset deltas with a hole or out of order`() {
        let record: [UInt8] = [12, 0, 0, 4, 1, 1, 0]
        #expect(throws: RecordBatchError.badRecord(index: 0, reason: .offsetDelta)) { try summarize(record) }
        #expect(throws: Never.self) { try walk(record) }
    }

    @Test func `has a timestamp beyond 64 bits`() {
        let record: [UInt8] = [12, 0, 2, 0, 1, 1, 0]
        #expect(throws: Never.self) { try summarize(record, baseTimestamp: .max - 1) }
        #expect(throws: RecordBatchError.badRecord(index: 0, reason: .timestampDelta)) {
            try summarize(record, baseTimestamp: .max)
        }
    }
}
