import BrokerModel
import BrokerPluginAPI
import NIOCore
import Testing

@testable import BrokerClient

private let reader = FetchedRecords.Reader(codecs: [:], verifiesChecksums: true, decompressedLimit: 1_000)

/// A batch of values at consecutive offsets.
private func batch(
    _ values: [String], at offset: Offset, producer: ProducerID = -1, attributes: BatchAttributes = []
) -> ByteBuffer {
    var builder = RecordBatchBuilder(
        baseOffset: offset, producerID: producer, producerEpoch: 0, baseSequence: 0, attributes: attributes)
    for value in values { builder.append(timestamp: 5, key: nil, value: ByteBuffer(string: value)) }
    return builder.build()
}

private func marker(commits: Bool, at offset: Offset, producer: ProducerID) -> ByteBuffer {
    var builder = RecordBatchBuilder(
        baseOffset: offset, producerID: producer, producerEpoch: 0, attributes: [.control, .transactional])
    let marker = EndTransactionMarker(commits: commits, coordinatorEpoch: 0)
    builder.append(
        timestamp: 5, key: (commits ? ControlRecordType.commit : .abort).key, value: marker.value)
    return builder.build()
}

private func fetched(
    _ batches: [ByteBuffer], from position: Offset = 0, aborted: [(ProducerID, Offset)]? = nil
) -> FetchedRecords {
    var bytes = ByteBuffer()
    for batch in batches { bytes.writeImmutableBuffer(batch) }
    return FetchedRecords(
        partition: partition(), position: position, bytes: bytes,
        aborted: aborted.map { AbortedTransactions($0.map { (producerID: $0.0, firstOffset: $0.1) }) })
}

/// Everything that is given out, as `offset:value`.
private func all(_ fetched: inout FetchedRecords) throws -> [String] {
    var found: [String] = []
    while let record = try fetched.next(reader) {
        found.append("\(record.offset):\(record.value.map { String(buffer: $0) } ?? "null")")
    }
    return found
}

@Suite struct FetchedRecordsTests {
    @Test func `records before the position are skipped`() throws {
        var records = fetched([batch(["a", "b", "c"], at: 10), batch(["d"], at: 13)], from: 11)
        #expect(try all(&records) == ["11:b", "12:c", "13:d"])
        #expect(records.position == 14)
    }

    @Test func `a batch that is cut off is left for the next fetch`() throws {
        let second = batch(["c"], at: 2)
        for length in 1..<second.readableBytes {
            let cut = second.getSlice(at: second.readerIndex, length: length) ?? ByteBuffer()
            var records = fetched([batch(["a", "b"], at: 0), cut])
            #expect(try all(&records) == ["0:a", "1:b"])
            #expect(records.position == 2)
        }
    }

    @Test func `a damaged batch is an error, after what came before it`() throws {
        var damaged = batch(["c"], at: 2)
        damaged.setInteger(UInt8(0x7F), at: damaged.writerIndex - 2)
        var records = fetched([batch(["a", "b"], at: 0), damaged])
        var count = 0
        #expect(throws: ClientError.self) {
            while try records.next(reader) != nil { count += 1 }
        }
        #expect(count == 2)
        #expect(records.position == 2)
    }

    @Test func `control batches are not shown, and are passed`() throws {
        var records = fetched([batch(["a"], at: 0), marker(commits: true, at: 1, producer: 4)])
        #expect(try all(&records) == ["0:a"])
        #expect(records.position == 2)
    }

    @Test func `aborted transactions are hidden up to their marker, others are not`() throws {
        let batches = [
            batch(["a"], at: 0, producer: 1, attributes: .transactional),
            batch(["b"], at: 1, producer: 2, attributes: .transactional), batch(["c"], at: 2, producer: 1),
            marker(commits: false, at: 3, producer: 1), batch(["d"], at: 4, producer: 1, attributes: .transactional),
            marker(commits: true, at: 5, producer: 2), marker(commits: true, at: 6, producer: 1),
        ]
        var committed = fetched(batches, aborted: [(1, 0)])
        #expect(try all(&committed) == ["1:b", "2:c", "4:d"])
        #expect(committed.position == 7)
        var uncommitted = fetched(batches)
        #expect(try all(&uncommitted) == ["0:a", "1:b", "2:c", "4:d"])
    }

    @Test func `offsets that were cleaned away at a batch's end are passed`() throws {
        var builder = RecordBatchBuilder(baseOffset: 0)
        builder.append(Record(offset: 0, timestamp: 1, value: ByteBuffer(string: "a")))
        var whole = builder.build()
        // The batch once reached to offset 9; the checksum is not the point here.
        whole.setInteger(Int32(9), at: whole.readerIndex + RecordBatchHeader.Position.lastOffsetDelta)
        var records = fetched([whole])
        let lenient = FetchedRecords.Reader(codecs: [:], verifiesChecksums: false, decompressedLimit: 1_000)
        #expect(try records.next(lenient)?.offset == 0)
        #expect(try records.next(lenient) == nil)
        #expect(records.position == 10)
    }

    @Test func `a codec the client lacks is named`() throws {
        var builder = RecordBatchBuilder()
        builder.append(timestamp: 0, key: nil, value: nil)
        var records = fetched([builder.build(payload: ByteBuffer(string: "?"), compression: .zstd)])
        do throws(ClientError) {
            _ = try records.next(reader)
            Issue.record("no error")
        } catch {
            #expect(error.code == .missingCodec)
            #expect(error.message.contains("zstd"))
        }
    }
}
