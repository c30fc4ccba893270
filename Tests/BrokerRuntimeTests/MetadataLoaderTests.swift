import BrokerMetadata
import BrokerModel
import BrokerPrimitives
import BrokerRuntime
import BrokerWire
import NIOCore
import Testing

struct MetadataLoaderTests {
    private let begin = MetadataRecord.beginTransaction(BeginTransactionRecord(name: "x"))
    private let end = MetadataRecord.endTransaction(EndTransactionRecord())
    private let abort = MetadataRecord.abortTransaction(AbortTransactionRecord(reason: "x"))

    private func topic(_ number: UInt64) -> MetadataRecord {
        .topic(TopicRecord(name: "t\(number)", topicID: id(number)))
    }

    private func names(_ loader: MetadataLoader) -> [String] { loader.image.topics.names }

    @Test func `batches are applied in order and move the offset`() throws {
        var loader = MetadataLoader()
        var delta = MetadataDelta()
        try loader.apply(metadataBatch([topic(1), topic(2)], at: 0), to: &delta)
        #expect(names(loader) == ["t1", "t2"] && loader.image.offset == 1 && loader.image.epoch == 1)
        try loader.apply(metadataBatch([topic(3)], at: 2, epoch: 4), to: &delta)
        #expect(loader.image.offset == 2 && loader.image.epoch == 4)
        #expect(delta.changedTopics == [id(1), id(2), id(3)])
    }

    @Test func `a control batch moves the offset only`() throws {
        var builder = RecordBatchBuilder(baseOffset: 5, partitionLeaderEpoch: 2, attributes: .control)
        builder.append(timestamp: 1, key: ControlRecordType.leaderChange.key, value: ByteBuffer(string: "anything"))
        var loader = MetadataLoader()
        var delta = MetadataDelta()
        try loader.apply(RecordBatch(builder.build()), to: &delta)
        #expect(loader.image.offset == 5 && loader.image.epoch == 2 && delta.isEmpty)
    }

    @Test func `a transaction is seen as a whole at its end, over several batches`() throws {
        var loader = MetadataLoader()
        var delta = MetadataDelta()
        try loader.apply(metadataBatch([topic(1), begin, topic(2)], at: 0), to: &delta)
        #expect(names(loader) == ["t1"] && loader.image.offset == 2)
        try loader.apply(metadataBatch([topic(3)], at: 3), to: &delta)
        #expect(names(loader) == ["t1"] && delta.changedTopics == [id(1)])
        try loader.apply(metadataBatch([end, topic(4)], at: 4), to: &delta)
        #expect(names(loader) == ["t1", "t2", "t3", "t4"])
        #expect(delta.changedTopics == [id(1), id(2), id(3), id(4)])
    }

    @Test func `an aborted transaction leaves no trace, and the next one counts`() throws {
        var loader = MetadataLoader()
        var delta = MetadataDelta()
        try loader.apply(metadataBatch([begin, topic(1)], at: 0), to: &delta)
        try loader.apply(metadataBatch([topic(2), abort, topic(3)], at: 2), to: &delta)
        #expect(names(loader) == ["t3"] && delta.changedTopics == [id(3)])
        try loader.apply(metadataBatch([begin, topic(4), end], at: 5), to: &delta)
        #expect(names(loader) == ["t3", "t4"])
    }

    @Test func `what cannot be applied is told with its offset`() throws {
        func offset(_ batch: RecordBatch) -> Offset? {
            var loader = MetadataLoader()
            var delta = MetadataDelta()
            do { try loader.apply(batch, to: &delta) } catch { return error.offset }
            return nil
        }
        let unknown = MetadataRecord.removeTopic(RemoveTopicRecord(topicID: id(9)))
        #expect(try offset(metadataBatch([topic(1), unknown], at: 10)) == 11)
        var builder = RecordBatchBuilder(baseOffset: 20)
        builder.append(timestamp: 1, key: nil, value: ByteBuffer(bytes: [1, 99, 0]))
        #expect(try offset(RecordBatch(builder.build())) == 20, "a kind of record that is not known")
        builder = RecordBatchBuilder(baseOffset: 30)
        builder.append(timestamp: 1, key: nil, value: nil)
        #expect(try offset(RecordBatch(builder.build())) == 30)
    }
}
