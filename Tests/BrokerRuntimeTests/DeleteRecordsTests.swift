import BrokerModel
import BrokerPrimitives
import BrokerRuntime
import BrokerWire
import NIOCore
import Testing

/// What becomes of records that somebody deletes.
@Suite(.timeLimit(.minutes(2)))
struct DeleteRecordsTests {
    private let storage = WatchedStorage()
    private var brokers: TestBroker { TestBroker(storage: storage) }
    private static let checkpoint = "log-start-offset-checkpoint"

    @Test func `what is told to be deleted is noted on the disk, and nothing else is`() async throws {
        let broker = try await brokers.start()
        let client = try await TestClient(broker)
        try await client.create("t")
        _ = try await client.produce(producerBatch(4).build(), to: "t")
        func notes() -> Int { storage.replaced.count { $0 == Self.checkpoint } }
        let before = notes()
        #expect(try await client.call(DeleteRecordsRequest(topics: [], timeoutMs: 1000), version: 2).topics.isEmpty)
        #expect(try await client.deleteRecords("t", before: 5).errorCode == .offsetOutOfRange)
        #expect(try await client.deleteRecords("x", before: 1).errorCode == .unknownTopicOrPartition)
        #expect(notes() == before)
        #expect(try await client.deleteRecords("t", before: 3).lowWatermark == 3)
        #expect(notes() == before + 1)
        await broker.stop()
    }

    @Test func `what could not be noted on the disk is not told to be deleted`() async throws {
        let broker = try await brokers.start()
        let client = try await TestClient(broker)
        try await client.create("t")
        _ = try await client.produce(producerBatch(4).build(), to: "t")
        storage.refuse([Self.checkpoint])
        for _ in 0..<2 {
            let refused = try await client.deleteRecords("t", before: 3)
            #expect(refused.errorCode == .kafkaStorageError && refused.lowWatermark == -1)
        }
        storage.refuse([])
        let deleted = try await client.deleteRecords("t", before: 3)
        #expect(deleted.errorCode == .none && deleted.lowWatermark == 3)
        await broker.stop()
    }

    @Test func `internal topics keep their records`() async throws {
        let broker = try await brokers.start()
        let client = try await TestClient(broker)
        try await client.create(TopicName.consumerOffsets, configs: [("cleanup.policy", "delete")])
        #expect(
            try await client.deleteRecords(TopicName.consumerOffsets, before: 0).errorCode == .invalidTopicException)
        await broker.stop()
    }

    @Test(arguments: ["", "delete"])
    func `segments below the log's start go, whatever else stays`(policy: String) async throws {
        let broker = try await brokers.start()
        let client = try await TestClient(broker)
        try await client.create(
            "t", configs: [("cleanup.policy", policy), ("segment.bytes", "1048576"), ("retention.ms", "-1")])
        var builder = RecordBatchBuilder()
        builder.append(timestamp: 1000, key: nil, value: ByteBuffer(repeating: 7, count: 600_000))
        let batch = builder.build()
        for _ in 0..<4 { _ = try await client.produce(batch, to: "t") }
        #expect(try await client.deleteRecords("t", before: 3).lowWatermark == 3)
        await broker.applyRetention()
        #expect(try await client.sizes() == ["t": [Int64(batch.readableBytes)]])
        await broker.stop()
    }
}
