import BrokerMetadata
import BrokerModel
import BrokerPrimitives
import BrokerRuntime
import Codecs
import NIOCore
import Testing

struct BatchAdmissionTests {
    private let admission = BatchAdmission(codecs: TopicCodecs(CodecRegistry(BuiltInCodecs.all)))

    private func admit(
        _ bytes: ByteBuffer?, version: Int16 = 9, transactional: Bool = false, _ settings: [String: String] = [:],
        now: Timestamp = 2000
    ) throws(BatchAdmission.Refusal) -> BatchAdmission.Admitted {
        try admission.admit(
            bytes, version: version, isTransactional: transactional, config: topicConfig(settings), now: now)
    }

    private func refusal(
        _ bytes: ByteBuffer?, version: Int16 = 9, transactional: Bool = false, _ settings: [String: String] = [:],
        now: Timestamp = 2000
    ) -> BatchAdmission.Refusal? {
        do {
            _ = try admit(bytes, version: version, transactional: transactional, settings, now: now)
            return nil
        } catch { return error }
    }

    /// The batch with its header changed and its checksum made to fit.
    private func batch(_ builder: RecordBatchBuilder, _ change: (inout RecordBatchHeader) -> Void) throws -> ByteBuffer
    {
        var header = try RecordBatch(builder.build()).header
        change(&header)
        return RecordBatchBuilder.assemble(header: header, payload: builder.payload)
    }

    /// The records of what was admitted.
    private func records(_ admitted: BatchAdmission.Admitted) throws -> [Record] {
        let batch = try RecordBatch(admitted.bytes)
        try batch.validateChecksum()
        #expect(batch.buffer == admitted.bytes)
        var expected = batch.header
        expected.checksum = admitted.header.checksum
        expected.batchLength = admitted.header.batchLength
        #expect(expected == admitted.header)
        var sequence = batch.records(from: try #require(admission.decompressed(batch)))
        var all: [Record] = []
        while let record = try sequence.next() { all.append(record) }
        return all
    }

    // MARK: What is taken

    @Test(arguments: CompressionType.standard)
    func `an honest batch is stored as it came`(compression: CompressionType) throws {
        let bytes = try producerBatch(20).build(compression)
        #expect(try admit(bytes).bytes == bytes)
        #expect(
            try admit(bytes, ["compression.type": compression == .none ? "uncompressed" : compression.name]).bytes
                == bytes)
    }

    @Test(arguments: CompressionType.standard, CompressionType.standard)
    func `a topic's codec takes the place of the producer's, the records stay`(
        source: CompressionType, target: CompressionType
    ) throws {
        let bytes = try producerBatch(50).build(source)
        let name = target == .none ? "uncompressed" : target.name
        let admitted = try admit(bytes, ["compression.type": name])
        #expect(admitted.header.attributes.compression == target)
        #expect(try RecordBatch(admitted.bytes).header.attributes.compression == target)
        let (before, after) = (try records(admit(bytes)), try records(admitted))
        #expect(before.count == 50 && before == after)
        #expect(admitted.header.maxTimestamp == 1049)
    }

    @Test(arguments: [CompressionType.none, .lz4])
    func `a header that lies about its largest timestamp is corrected`(compression: CompressionType) throws {
        let honest = producerBatch(5)
        for lie in [0, 1003, 1005, .max] as [Timestamp] {
            var header = try RecordBatch(try honest.build(compression)).header
            header.maxTimestamp = lie
            let lying = RecordBatchBuilder.assemble(
                header: header, payload: try RecordBatch(try honest.build(compression)).payload)
            let admitted = try admit(lying)
            #expect(admitted.header.maxTimestamp == 1004)
            #expect(try RecordBatch(admitted.bytes).header.maxTimestamp == 1004)
            #expect(try records(admitted) == records(admit(try honest.build(compression))))
        }
    }

    @Test func `the log append bit is the broker's to set`() throws {
        let bytes = try batch(producerBatch(3)) { $0.attributes.insert(.logAppendTime) }
        for type in ["CreateTime", "LogAppendTime"] {
            let admitted = try admit(bytes, ["message.timestamp.type": type])
            #expect(!admitted.header.attributes.contains(.logAppendTime))
        }
    }

    @Test func `a transactional batch needs a transactional request`() throws {
        let bytes = try batch(producerBatch(1)) { header in
            header.attributes.insert(.transactional)
            (header.producerID, header.producerEpoch, header.baseSequence) = (5, 0, 0)
        }
        #expect(refusal(bytes)?.code == .transactionalIdAuthorizationFailed)
        #expect(refusal(bytes, transactional: true) == nil)
    }

    // MARK: What is refused

    @Test func `no records are no batch`() {
        #expect(refusal(nil)?.code == .invalidRecord)
        #expect(refusal(ByteBuffer())?.code == .invalidRecord)
    }

    @Test func `a batch that is cut off anywhere is refused`() {
        let whole = producerBatch(3).build()
        for count in 1..<whole.readableBytes {
            #expect(refusal(whole.getSlice(at: 0, length: count))?.code == .invalidRecord)
        }
    }

    @Test func `two batches are one too many`() {
        var bytes = producerBatch(1).build()
        bytes.writeImmutableBuffer(producerBatch(1).build())
        #expect(refusal(bytes)?.code == .invalidRecord)
    }

    @Test func `any flipped bit behind the epoch is found`() {
        let whole = producerBatch(2).build()
        for position in RecordBatchHeader.Position.checksum..<whole.readableBytes {
            var bytes = whole
            let byte = bytes.getInteger(at: position, as: UInt8.self) ?? 0
            bytes.setInteger(byte ^ 0x10, at: position)
            #expect(refusal(bytes) != nil, "position \(position)")
        }
        var damaged = whole
        damaged.setInteger(UInt8(0xFF), at: whole.readableBytes - 1)
        #expect(refusal(damaged)?.code == .corruptMessage)
    }

    @Test func `sizes have limits`() {
        let bytes = producerBatch(10).build()
        let size = bytes.readableBytes
        #expect(refusal(bytes, ["max.message.bytes": "\(size)"]) == nil)
        #expect(refusal(bytes, ["max.message.bytes": "\(size - 1)"])?.code == .messageTooLarge)
        #expect(refusal(bytes, ["segment.bytes": "\(size - 1)"])?.code == .recordListTooLarge)
    }

    @Test func `headers that contradict themselves are refused`() throws {
        let wrong: [(ErrorCode, (inout RecordBatchHeader) -> Void)] = [
            (.invalidRecord, { $0.baseOffset = 1 }), (.invalidRecord, { $0.recordCount = 0 }),
            (.invalidRecord, { $0.recordCount = -1 }), (.invalidRecord, { $0.recordCount = 4 }),
            (.invalidRecord, { $0.lastOffsetDelta = 1 }), (.invalidRecord, { $0.lastOffsetDelta = -1 }),
            (.invalidRecord, { ($0.recordCount, $0.lastOffsetDelta) = (.max, .max - 1) }),
            (.invalidRecord, { ($0.recordCount, $0.lastOffsetDelta) = (2, 1) }),
            (.invalidRecord, { $0.attributes.insert(.control) }),
            (.invalidRecord, { ($0.producerID, $0.producerEpoch, $0.baseSequence) = (1, -1, 0) }),
            (.invalidRecord, { ($0.producerID, $0.producerEpoch, $0.baseSequence) = (1, 0, -1) }),
            (.unsupportedCompressionType, { $0.attributes = BatchAttributes(rawValue: 5) }),
            (.invalidRecord, { $0.magic = 1 }),
            (.corruptMessage, { $0.attributes = BatchAttributes(compression: .gzip) }),
            (.corruptMessage, { $0.attributes = BatchAttributes(compression: .zstd) }),
        ]
        for (index, (code, change)) in wrong.enumerated() {
            #expect(refusal(try batch(producerBatch(3), change))?.code == code, "case \(index)")
        }
    }

    @Test func `records that do not parse are refused`() throws {
        let header = try RecordBatch(producerBatch(1).build()).header
        for payload in [ByteBuffer(), ByteBuffer(string: "nonsense"), ByteBuffer(repeating: 0xFF, count: 40)] {
            let bytes = RecordBatchBuilder.assemble(header: header, payload: payload)
            #expect(refusal(bytes)?.code == .invalidRecord)
        }
    }

    @Test func `zstd came with version 7`() throws {
        let bytes = try producerBatch(3).build(.zstd)
        #expect(refusal(bytes, version: 6)?.code == .unsupportedCompressionType)
        #expect(refusal(bytes, version: 7) == nil)
    }

    @Test func `a codec that is not there is not supported`() throws {
        let poor = BatchAdmission(codecs: TopicCodecs(CodecRegistry([])))
        func code(_ bytes: ByteBuffer, _ settings: [String: String]) -> ErrorCode? {
            do {
                _ = try poor.admit(
                    bytes, version: 9, isTransactional: false, config: topicConfig(settings), now: 2000)
                return nil
            } catch { return error.code }
        }
        #expect(code(try producerBatch(3).build(.gzip), [:]) == .unsupportedCompressionType)
        #expect(code(producerBatch(3).build(), ["compression.type": "gzip"]) == .unsupportedCompressionType)
        #expect(code(producerBatch(3).build(), [:]) == nil)
    }

    @Test(arguments: [CompressionType.none, .snappy])
    func `a compacted topic names each record without a key`(compression: CompressionType) throws {
        let bytes = try producerBatch(6, hasKey: { $0 != 2 && $0 != 5 }).build(compression)
        let refused = try #require(refusal(bytes, ["cleanup.policy": "compact,delete"]))
        #expect(refused.code == .invalidRecord)
        #expect(refused.records.map(\.index) == [2, 5])
        #expect(refusal(bytes, ["cleanup.policy": "delete"]) == nil)
        #expect(refusal(producerBatch(3).build(), ["cleanup.policy": "compact"]) == nil)
    }

    @Test func `timestamps out of bounds are named, record by record`() throws {
        let stamps: [Timestamp] = [1900, 2100, 2101, 1000, 999, -1]
        let bytes = producerBatch(6, timestamps: { stamps[$0] }).build()
        let bounds = ["message.timestamp.after.max.ms": "100", "message.timestamp.before.max.ms": "1000"]
        let refused = try #require(refusal(bytes, bounds))
        #expect(refused.code == .invalidTimestamp)
        #expect(refused.records.map(\.index) == [2, 4], "the bounds themselves and no timestamp are within")
        #expect(refusal(bytes, bounds.merging(["message.timestamp.type": "LogAppendTime"]) { $1 }) == nil)
    }

    @Test(
        arguments: [
            ([-1, -1], true), ([0, 1], false), ([.max, 0], false), ([.min, 0], false), ([2000, 2000], true),
        ] as [([Timestamp], Bool)])
    func `extreme timestamps are judged without overflow`(stamps: [Timestamp], isTaken: Bool) {
        let bytes = producerBatch(2, timestamps: { stamps[$0] }).build()
        let bounds = ["message.timestamp.after.max.ms": "100", "message.timestamp.before.max.ms": "1000"]
        #expect((refusal(bytes, bounds) == nil) == isTaken)
    }

    @Test func `without bounds any past will do`() {
        let bytes = producerBatch(1, timestamps: { _ in 0 }).build()
        #expect(refusal(bytes, now: .max) == nil)
    }
}
