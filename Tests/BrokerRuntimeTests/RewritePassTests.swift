import BrokerCommitLog
import BrokerModel
import BrokerPluginAPI
import BrokerTestKit
import Codecs
import NIOCore
import Testing

@testable import BrokerRuntime

/// Keeps the records whose offsets are in a set; takes note of so many.
private struct Chosen: RecordFilter {
    var kept: Set<Offset>
    var room = Int.max

    mutating func observe(_ record: Record) -> Bool {
        guard room > 0 else { return false }
        room -= 1
        return true
    }

    mutating func keeps(_ record: Record) -> Bool { kept.contains(record.offset) }
}

@Suite struct RewritePassTests {
    private let codecs = TopicCodecs(CodecRegistry(BuiltInCodecs.all))

    private func batch(
        _ base: Offset, _ count: Int, _ compression: CompressionType = .none, producer: ProducerID = -1,
        attributes: BatchAttributes = []
    ) throws -> RecordBatch {
        var builder = RecordBatchBuilder(
            baseOffset: base, partitionLeaderEpoch: 3, producerID: producer, producerEpoch: producer < 0 ? -1 : 0,
            baseSequence: producer < 0 ? -1 : Int32(base), attributes: attributes)
        for index in 0..<count {
            builder.append(
                timestamp: 1000 + Int64(base) + Int64(index), key: ByteBuffer(string: "k\(index)"),
                value: ByteBuffer(string: "value \(base + Offset(index))"),
                headers: [Record.Header(key: "h", value: nil)])
        }
        guard compression != .none, let codec = codecs[compression] else { return try RecordBatch(builder.build()) }
        var payload = ByteBuffer()
        try codec.compress(builder.payload, level: nil, into: &payload)
        return try RecordBatch(builder.build(payload: payload, compression: compression))
    }

    private func pass(_ filter: Chosen, aborted: [AbortedTransaction] = []) -> RewritePass {
        RewritePass(filter, aborted: aborted, codecs: codecs, level: { _ in nil })
    }

    private func records(_ bytes: ByteBuffer) throws -> [Record] {
        let batch = try RecordBatch(bytes)
        try batch.validateChecksum()
        let compression = batch.header.attributes.compression
        guard compression != .none else {
            var records = batch.records
            return try records.collect()
        }
        var payload = ByteBuffer()
        try #require(codecs[compression]).decompress(batch.payload, limit: 1 << 20, into: &payload)
        var records = batch.records(from: payload)
        return try records.collect()
    }

    @Test(arguments: [CompressionType.none, .gzip, .snappy, .lz4, .zstd])
    func `what is kept of a batch keeps its offsets, times, headers and sequence`(compression: CompressionType) throws {
        let old = try batch(100, 10, compression, producer: 7)
        var all = try records(old.buffer)
        var pass = pass(Chosen(kept: [102, 103, 108]))
        let hasRoom = pass.observe(old)
        #expect(hasRoom && pass.end == 110)
        let kept = pass.left(of: old)
        let left = try #require(kept)
        all.removeAll { ![102, 103, 108].contains($0.offset) }
        #expect(try records(left) == all)
        let header = try RecordBatch(left).header
        #expect(header.baseOffset == 100 && header.lastOffset == 109, "the batch covers what it covered")
        #expect(header.baseSequence == 100 && header.producerID == 7 && header.partitionLeaderEpoch == 3)
        #expect(header.attributes.compression == compression && header.maxTimestamp == 1108)
    }

    @Test func `a batch that loses nothing stays byte for byte`() throws {
        let old = try batch(0, 5, .zstd)
        var pass = pass(Chosen(kept: Set(0..<5)))
        _ = pass.observe(old)
        let left = pass.left(of: old)
        #expect(left == old.buffer)
    }

    @Test func `an emptied batch goes, unless it is the last of its producer`() throws {
        let batches = [try batch(0, 5, producer: 7), try batch(5, 5, producer: 7), try batch(10, 5)]
        var pass = pass(Chosen(kept: []))
        for batch in batches { _ = pass.observe(batch) }
        let left = batches.map { pass.left(of: $0) }
        #expect(left[0] == nil && left[2] == nil)
        let last = try RecordBatch(try #require(left[1]))
        try last.validateChecksum()
        #expect(last.header.recordCount == 0 && last.header.baseSequence == 5 && last.header.lastOffset == 9)
    }

    @Test func `what the filter had no room for stays`() throws {
        let batches = [try batch(0, 5), try batch(5, 5), try batch(10, 5)]
        var pass = pass(Chosen(kept: [], room: 7))
        let hasRoom = batches.prefix(2).map { pass.observe($0) }
        #expect(hasRoom == [true, false] && pass.end == 7)
        let left = batches.map { pass.left(of: $0) }
        #expect(left[0] == nil && left[2] == batches[2].buffer)
        #expect(try records(try #require(left[1])).map(\.offset) == [7, 8, 9])
    }

    @Test func `records of aborted transactions go, markers and other transactions stay`() throws {
        let aborted = try batch(0, 5, producer: 7, attributes: .transactional)
        let committed = try batch(5, 5, producer: 8, attributes: .transactional)
        let marker = try batch(10, 1, producer: 7, attributes: [.transactional, .control])
        var pass = pass(
            Chosen(kept: Set(0..<20)),
            aborted: [AbortedTransaction(producerID: 7, firstOffset: 0, lastOffset: 10, lastStableOffset: 0)])
        for batch in [aborted, committed, marker] { _ = pass.observe(batch) }
        let left = [aborted, committed, marker].map { pass.left(of: $0) }
        #expect(left == [nil, committed.buffer, marker.buffer])
    }

    @Test func `what cannot be read stays as it is`() throws {
        let good = try batch(0, 5, .gzip)
        var header = good.header
        header.attributes = header.attributes.with(compression: .zstd)
        let bad = try RecordBatch(RecordBatchBuilder.assemble(header: header, payload: good.payload))
        var pass = pass(Chosen(kept: []))
        _ = pass.observe(bad)
        let left = pass.left(of: bad)
        #expect(left == bad.buffer)
    }
}
