import BrokerModel
import NIOCore
import Testing

@Suite struct `A control record` {
    /// Kafka's bytes: version 0, then the type; version 0, then the coordinator's epoch.
    @Test func `ends a transaction with Kafka's bytes`() {
        let marker = EndTransactionMarker(commits: true, coordinatorEpoch: 0x0102_0304)
        #expect(ControlRecordType.commit.key.hex == "00000001")
        #expect(ControlRecordType.abort.key.hex == "00000000")
        #expect(marker.value.hex == "000001020304")
    }

    @Test(arguments: [true, false])
    func `gives back how the transaction ended`(commits: Bool) throws {
        let marker = EndTransactionMarker(commits: commits, coordinatorEpoch: 12)
        var builder = RecordBatchBuilder(producerID: 5, producerEpoch: 1, attributes: [.control, .transactional])
        let type: ControlRecordType = commits ? .commit : .abort
        builder.append(timestamp: 1, key: type.key, value: marker.value)
        var records = try RecordBatch(builder.build()).records
        let record = try #require(try records.next())
        #expect(EndTransactionMarker(record: record) == marker)
    }

    @Test func `of another kind or cut off ends no transaction`() {
        let value = EndTransactionMarker(commits: true, coordinatorEpoch: 1).value
        for type in ControlRecordType.allCases where type != .commit && type != .abort {
            #expect(EndTransactionMarker(record: Record(key: type.key, value: value)) == nil)
            #expect(ControlRecordType(key: type.key) == type)
        }
        let key = ControlRecordType.commit.key
        #expect(EndTransactionMarker(record: Record(key: nil, value: value)) == nil)
        #expect(EndTransactionMarker(record: Record(key: key, value: nil)) == nil)
        for length in 0..<6 {
            #expect(EndTransactionMarker(record: Record(key: key, value: value.getSlice(at: 0, length: length))) == nil)
        }
        for length in 0..<4 {
            #expect(
                EndTransactionMarker(record: Record(key: key.getSlice(at: 0, length: length), value: value)) == nil)
        }
        #expect(ControlRecordType(key: ByteBuffer(hex: "00000007")) == nil)
    }
}
