import BrokerMetadata
import BrokerModel
import BrokerPluginAPI
import BrokerPrimitives
import BrokerRuntime
import BrokerWire
import NIOCore
import Testing

/// What topics' plug-ins do to a running broker.
struct TopicPluginsTests {
    private let brokers = TestBroker()

    /// A batch of records, all in one partition.
    private func batch(_ records: [(key: String?, value: String?)]) -> ByteBuffer {
        var builder = RecordBatchBuilder()
        for record in records {
            builder.append(
                timestamp: 1_000, key: record.key.map { ByteBuffer(string: $0) },
                value: record.value.map { ByteBuffer(string: $0) })
        }
        return builder.build()
    }

    /// What can be read of a topic's first partition, batch by batch.
    private func values(_ client: TestClient, _ topic: String) async throws -> [String] {
        var values: [String] = []
        var offset: Int64 = 0
        while true {
            let part = try await client.fetch(topic, offset: offset)
            var batches = RecordBatchSequence(part.records?.buffer ?? ByteBuffer())
            var next = offset
            while let batch = try batches.next() {
                var records = batch.records
                while let record = try records.next() {
                    values.append("\(record.offset) \(String(buffer: record.value ?? ByteBuffer()))")
                }
                next = batch.header.lastOffset + 1
            }
            guard next > offset else { return values }
            offset = next
        }
    }

    private func alter(_ client: TestClient, _ topic: String, _ configs: [(String, String?)]) async throws -> ErrorCode
    {
        let response = try await client.call(
            IncrementalAlterConfigsRequest(resources: [
                .init(
                    resourceType: 2, resourceName: topic,
                    configs: configs.map { .init(name: $0.0, configOperation: $0.1 == nil ? 1 : 0, value: $0.1) })
            ]), version: 1)
        return try #require(response.responses.first).errorCode
    }

    @Test func `a cleanup policy that wants to delete what is not there deletes nothing`() async throws {
        var brokers = TestBroker()
        brokers.plugins = [Use(.cleanupPolicy("shred") { _ in CleanupPlan(deleteBelow: 1 << 40) })]
        let broker = try await brokers.start(["http.listener": "127.0.0.1:0"])
        let client = try await TestClient(broker)
        try await client.create("t", configs: [("segment.bytes", "1048576"), ("cleanup.policy", "shred")])
        let filler = String(repeating: "x", count: 600_000)
        for number in 0..<4 {
            #expect(try await client.produce(batch([("\(number)", filler)]), to: "t").errorCode == .none)
        }
        for _ in 0..<5 { await broker.applyRetention() }
        #expect(try await client.fetch("t", offset: 0).errorCode == .none)
        #expect(try await get("/readyz", of: broker).contains("wants everything below offset 1099511627776 deleted"))
        await broker.stop()
    }

    @Test func `a topic's cleanup policy is swapped while it runs`() async throws {
        let broker = try await brokers.start(["log.initial.task.delay.ms": "0"])
        let client = try await TestClient(broker)
        // Half a segment each, so that every second batch seals one.
        let filler = String(repeating: "x", count: 600_000)
        try await client.create(
            "t",
            configs: [
                ("segment.bytes", "1048576"), ("cleanup.policy", ""), ("min.cleanable.dirty.ratio", "0"),
                ("file.delete.delay.ms", "0"),
            ])
        for round in 0..<6 {
            let bytes = batch([("a", "a\(round)"), ("b", "b\(round)"), ("filler", filler)])
            #expect(try await client.produce(bytes, to: "t").errorCode == .none)
        }
        await broker.applyRetention()
        #expect(try await values(client, "t").count == 18, "without a policy all of it stays")

        #expect(try await alter(client, "t", [("cleanup.policy", "compact")]) == .none)
        await broker.applyRetention()
        let compacted = try await values(client, "t").filter { !$0.contains("xx") }
        // The active segment is not compacted: the last batch of the sealed ones is the newest there.
        #expect(compacted.filter { $0.contains(" a") }.count < 6)
        #expect(compacted.suffix(2) == ["15 a5", "16 b5"], "\(compacted)")
        #expect(compacted == compacted.sorted { Int($0.prefix { $0 != " " })! < Int($1.prefix { $0 != " " })! })

        #expect(try await alter(client, "t", [("cleanup.policy", "delete"), ("retention.ms", "1")]) == .none)
        await broker.applyRetention()
        #expect(try await values(client, "t").isEmpty, "everything is old")
        #expect(try await client.fetch("t", offset: 18).errorCode == .none)
        await broker.stop()

        let again = try await brokers.start()
        #expect(try await values(try await TestClient(again), "t").isEmpty)
        await again.stop()
    }

    @Test func `a policy that comes after another has seen nothing of the log yet`() async throws {
        let broker = try await brokers.start()
        let client = try await TestClient(broker)
        // Nine tenths must be unseen before there is a pass. Each batch seals the segment of the one before.
        try await client.create(
            "t",
            configs: [
                ("segment.bytes", "1048576"), ("cleanup.policy", "compact"), ("min.cleanable.dirty.ratio", "0.9"),
            ])
        func produce(_ rounds: Range<Int>) async throws {
            for round in rounds {
                let bytes = batch([("k", "\(round)"), ("filler", String(repeating: "x", count: 900_000))])
                #expect(try await client.produce(bytes, to: "t").errorCode == .none)
            }
        }
        try await produce(0..<4)
        await broker.applyRetention()
        #expect(try await values(client, "t").count == 4)
        try await produce(4..<6)
        await broker.applyRetention()
        #expect(try await values(client, "t").count == 8, "two thirds are unseen")
        #expect(try await alter(client, "t", [("cleanup.policy", "")]) == .none)
        #expect(try await alter(client, "t", [("cleanup.policy", "compact")]) == .none)
        await broker.applyRetention()
        #expect(try await values(client, "t").count == 4)
        await broker.stop()
    }

    @Test func `what compaction has left is there after a restart, with the producers' sequences`() async throws {
        var broker = try await brokers.start()
        var client = try await TestClient(broker)
        try await client.create(
            "t",
            configs: [("segment.bytes", "1048576"), ("cleanup.policy", "compact"), ("min.cleanable.dirty.ratio", "0")])
        let filler = String(repeating: "x", count: 900_000)
        for round in 0..<4 {
            var builder = RecordBatchBuilder(producerID: 77, producerEpoch: 0, baseSequence: Int32(round * 2))
            builder.append(timestamp: 5, key: ByteBuffer(string: "k"), value: ByteBuffer(string: "\(round)"))
            builder.append(timestamp: 5, key: ByteBuffer(string: "filler"), value: ByteBuffer(string: filler))
            #expect(try await client.produce(builder.build(), to: "t").errorCode == .none)
        }
        await broker.applyRetention()
        let left = try await values(client, "t").map { String($0.prefix(5)) }
        #expect(left.count < 8)
        await broker.stop()
        broker = try await brokers.start()
        client = try await TestClient(broker)
        #expect(try await values(client, "t").map { String($0.prefix(5)) } == left)
        var next = RecordBatchBuilder(producerID: 77, producerEpoch: 0, baseSequence: 8)
        next.append(timestamp: 5, key: ByteBuffer(string: "k"), value: ByteBuffer(string: "4"))
        #expect(try await client.produce(next.build(), to: "t").errorCode == .none, "the sequence goes on")
        await broker.stop()
    }

    @Test func `records in the wrong partition are counted or refused, as the topic wants`() async throws {
        let broker = try await brokers.start()
        let client = try await TestClient(broker)
        try await client.create(
            "t", partitions: 4,
            configs: [("partitioner", "vip"), ("partitioner.vip.keys", "acme"), ("partitioner.verify", "reject")])
        // Partition 0 is reserved for acme.
        let mixed = try await client.produce(batch([("acme", "1"), ("other", "2"), (nil, "3")]), to: "t")
        #expect(mixed.errorCode == .invalidRecord)
        #expect(mixed.recordErrors.map(\.batchIndex) == [1, 2])
        #expect(mixed.recordErrors[0].batchIndexErrorMessage?.contains("nothing makes it important") == true)
        #expect(try await client.produce(batch([("acme", "1")]), to: "t").errorCode == .none)

        #expect(try await alter(client, "t", [("partitioner.verify", "count")]) == .none)
        #expect(try await client.produce(batch([("acme", "1"), ("other", "2")]), to: "t").errorCode == .none)
        #expect(broker.partitions.traffic.partitions.map(\.traffic.misplacedRecords).reduce(0, +) == 3)

        #expect(try await alter(client, "t", [("partitioner.vip.keys", "acme,other")]) == .none)
        #expect(try await client.produce(batch([("other", "2")]), to: "t").errorCode == .none)
        #expect(
            broker.partitions.traffic.partitions.map(\.traffic.misplacedRecords).reduce(0, +) == 3,
            "it is important now")
        await broker.stop()
    }

    @Test(arguments: [
        [("partitioner", "vipp")], [("partitioner", "vip"), ("partitioner.vip.partitions", "0")],
        [("partitioner.vip.keys", "a")], [("partitioner", "vip"), ("partitioner.vip.kees", "a")],
        [("partitioner", "vip"), ("partitioner.vip.header.values", "gold")], [("cleanup.policy", "shred")],
        [("partitioner.verify", "maybe")],
    ])
    func `what makes no sense is refused, and nothing is half-applied`(configs: [(String, String)]) async throws {
        let broker = try await brokers.start()
        let client = try await TestClient(broker)
        try await client.create("t")
        let harmless = [("retention.ms", "5" as String?)] + configs.map { ($0.0, $0.1 as String?) }
        #expect(try await alter(client, "t", harmless) == .invalidConfig)
        let set = broker.metadata.image.config(of: .init(.topic, "t"))
        #expect(set.isEmpty)
        let created = try await client.call(
            CreateTopicsRequest(topics: [
                .init(
                    name: "u", numPartitions: 1, replicationFactor: 1,
                    configs: configs.map { .init(name: $0.0, value: $0.1) })
            ]), version: 7)
        let answer = try #require(created.topics.first)
        #expect(answer.errorCode == .invalidConfig)
        #expect(configs.contains { answer.errorMessage?.contains($0.0) == true }, "\(answer.errorMessage ?? "")")
        await broker.stop()
    }
}
