import BrokerMetadata
import BrokerModel
import BrokerPluginAPI
import BrokerPrimitives
import BrokerRuntime
import BrokerTestKit
import BrokerWire
import DefaultPlugins
import MemoryStorage
import NIOCore
import Synchronization
import Testing

/// Somebody's storage, which is there after a restart.
private final class Shelf: StorageProvider {
    let boards = Mutex<[String: CrashStorage]>([:])
    let refusal = Mutex<StorageError?>(nil)

    func open(_ directory: String) throws(StorageError) -> any StorageBackend {
        if let refusal = refusal.withLock({ $0 }) { throw refusal }
        return boards.withLock { boards in
            let board = boards[directory]?.reopened() ?? CrashStorage()
            boards[directory] = board
            return board
        }
    }

    /// The one that was opened.
    var board: CrashStorage {
        get throws { try #require(boards.withLock { $0["memory/storage/shelf"] }) }
    }
}

struct TopicStorageTests {
    private let shelf = Shelf()
    private let storage = MemoryStorageBackend()
    private let brokers: TestBroker

    init() throws {
        brokers = TestBroker(
            storage: storage,
            composition: try PluginSet { [shelf] in
                DefaultPlugins()
                Use(
                    PluginRegistration(.storage, name: "shelf", summary: "A shelf.", typeName: "Shelf") { _ in shelf })
            })
    }

    private func create(
        _ client: TestClient, _ topic: String, _ storage: String
    ) async throws -> CreateTopicsResponse.CreatableTopicResult {
        let response = try await client.call(
            CreateTopicsRequest(topics: [
                .init(
                    name: topic, numPartitions: 2, replicationFactor: 1,
                    configs: [.init(name: "storage", value: storage)])
            ]), version: 7)
        return try #require(response.topics.first)
    }

    private func directories(_ client: TestClient) async throws -> [DescribeLogDirsResponse.DescribeLogDirsResult] {
        try await client.call(DescribeLogDirsRequest(topics: nil), version: 5).results
    }

    private func end(_ client: TestClient, _ topic: String) async throws -> (offset: Int64, epoch: Int32) {
        let response = try await client.call(
            ListOffsetsRequest(
                replicaID: -1, topics: [.init(name: topic, partitions: [.init(partitionIndex: 0, timestamp: -1)])]),
            version: 7)
        let found = try #require(response.topics.first?.partitions.first)
        #expect(found.errorCode == .none)
        return (found.offset, found.leaderEpoch)
    }

    private func idempotent(_ sequence: Int32) -> ByteBuffer {
        var builder = RecordBatchBuilder(producerID: 7, producerEpoch: 0, baseSequence: sequence)
        builder.append(timestamp: 1, key: nil, value: ByteBuffer(string: "\(sequence)"))
        return builder.build()
    }

    @Test func `a topic in memory leaves nothing on the disk and begins empty, with a new epoch, after a restart`()
        async throws
    {
        var broker = try await brokers.start()
        var client = try await TestClient(broker)
        #expect(try await create(client, "fleeting", "memory").errorCode == .none)
        try await client.create("lasting")
        for sequence in 0..<3 as Range<Int32> {
            #expect(try await client.produce(idempotent(sequence), to: "fleeting").errorCode == .none)
            #expect(try await client.produce(idempotent(sequence), to: "lasting").errorCode == .none)
        }
        let before = try await end(client, "fleeting")
        #expect(before.offset == 3)
        await broker.stop()
        let names = try storage.list("").map(\.name)
        #expect(names.contains("lasting-0") && !names.contains { $0.hasPrefix("fleeting") || $0 == "storage" })
        let checkpoint = storage.file("replication-offset-checkpoint")
        #expect(!String(buffer: try checkpoint.read(at: 0, count: 1000)).contains("fleeting"))

        broker = try await brokers.start()
        client = try await TestClient(broker)
        let after = try await end(client, "fleeting")
        #expect(after.offset == 0 && after.epoch > before.epoch, "readers can tell what came after")
        #expect(try await end(client, "lasting").offset == 3)
        #expect(try await client.fetch("fleeting", offset: 3).errorCode == .offsetOutOfRange)
        let found = try await client.call(
            OffsetForLeaderEpochRequest(
                replicaID: -1,
                topics: [.init(topic: "fleeting", partitions: [.init(partition: 0, leaderEpoch: before.epoch)])]),
            version: 4)
        #expect(found.topics.first?.partitions.first?.endOffset == -1, "nothing of that epoch is left")
        // A producer goes on where it was, though nobody remembers it.
        #expect(try await client.produce(idempotent(3), to: "fleeting").errorCode == .none)
        #expect(try await client.fetch("fleeting", offset: 0).values == ["3"])
        await broker.stop()
    }

    @Test func `a storage is a directory of its own to admin clients, and keeps its topics`() async throws {
        var broker = try await brokers.start()
        var client = try await TestClient(broker)
        #expect(try await create(client, "a", "shelf").errorCode == .none)
        #expect(try await create(client, "b", "memory").errorCode == .none)
        #expect(try await create(client, "c", "file").errorCode == .none, "the broker's own, spelled out")
        for topic in ["a", "b", "c"] {
            #expect(try await client.produce(producerBatch(3).build(), to: topic).errorCode == .none)
        }
        let found = try await directories(client)
        #expect(found.map(\.logDir) == ["memory", "(memory)", "memory/storage/shelf"])
        #expect(found.map { $0.topics.map(\.name) } == [["c"], ["b"], ["a"]])
        for topic in found.flatMap(\.topics) {
            #expect(topic.partitions.map { $0.partitionSize > 0 } == [true, false], "\(topic.name)")
        }
        await broker.stop()
        #expect(try shelf.board.list("").map(\.name).contains(".kafka_cleanshutdown"))

        broker = try await brokers.start()
        client = try await TestClient(broker)
        #expect(try await end(client, "a").offset == 3)
        #expect(try await client.fetch("a", offset: 0).values.count == 3)
        _ = try await client.call(DeleteTopicsRequest(topics: [.init(name: "a")], timeoutMs: 1000), version: 6)
        // Soon: the storage may take its time.
        while try !shelf.board.list("").contains(where: { $0.name.hasPrefix("a-0.") && $0.name.hasSuffix("-delete") }) {
            await Task.yield()
        }
        #expect(try !shelf.board.list("").contains { $0.name == "a-0" })
        #expect(try await create(client, "a", "file").errorCode == .none)
        #expect(try await end(client, "a").offset == 0)
        await broker.stop()
        broker = try await brokers.start()
        #expect(try await end(TestClient(broker), "a").offset == 0, "what is left of the old one is not the new one's")
        await broker.stop()
    }

    @Test func `after a crash a storage is recovered, and its partitions have a new epoch`() async throws {
        var broker = try await brokers.start()
        var client = try await TestClient(broker)
        #expect(try await create(client, "a", "shelf").errorCode == .none)
        #expect(try await client.produce(producerBatch(3).build(), to: "a").errorCode == .none)
        let epoch = try await end(client, "a").epoch
        await broker.stop()
        // As if the process had been killed before it left the storage in order, in the middle of a write.
        let board = try shelf.board
        try board.remove(".kafka_cleanshutdown")
        let segment = board.file("a-0/00000000000000000000.log")
        try segment.write(ByteBuffer(string: "torn"), at: try segment.size())

        broker = try await brokers.start()
        client = try await TestClient(broker)
        let after = try await end(client, "a")
        #expect(after.offset == 3)
        #expect(broker.metadata.image.topics["a"]?.partitions.first?.leaderEpoch ?? 0 > epoch)
        #expect(try await client.produce(producerBatch(1).build(), to: "a").baseOffset == 3)
        await broker.stop()
    }

    @Test func `a storage that cannot be opened takes its own topics offline and no others`() async throws {
        var broker = try await brokers.start()
        var client = try await TestClient(broker)
        #expect(try await create(client, "a", "shelf").errorCode == .none)
        try await client.create("b")
        #expect(try await client.produce(producerBatch(3).build(), to: "a").errorCode == .none)
        await broker.stop()

        shelf.refusal.withLock { $0 = StorageError(.failed, "the shelf has fallen down") }
        broker = try await brokers.start()
        client = try await TestClient(broker)
        #expect(try await client.produce(producerBatch(1).build(), to: "a").errorCode == .kafkaStorageError)
        #expect(try await client.fetch("a", offset: 0).errorCode == .kafkaStorageError)
        #expect(try await client.produce(producerBatch(1).build(), to: "b").errorCode == .none)
        let found = try await directories(client)
        #expect(found.map(\.errorCode) == [.none, .kafkaStorageError])
        #expect(try await create(client, "c", "shelf").errorCode == .none, "the metadata does not depend on it")
        await broker.stop()

        shelf.refusal.withLock { $0 = nil }
        broker = try await brokers.start()
        client = try await TestClient(broker)
        #expect(try await end(client, "a").offset == 3)
        await broker.stop()
    }

    @Test func `a storage that fails while it is used takes its own partitions offline`() async throws {
        let broker = try await brokers.start()
        let client = try await TestClient(broker)
        #expect(try await create(client, "a", "shelf").errorCode == .none)
        try await client.create("b")
        #expect(try await client.produce(producerBatch(3).build(), to: "a").errorCode == .none)
        try shelf.board.inject(.stop(at: 1))
        #expect(try await client.produce(producerBatch(1).build(), to: "a").errorCode == .kafkaStorageError)
        #expect(try await client.produce(producerBatch(1).build(), to: "b").errorCode == .none)
        let lowest = try await client.deleteRecords("b", before: 1)
        #expect(lowest.errorCode == .none, "the checkpoints of others do not wait for it")
        await broker.stop()
        #expect(try storage.list("").map(\.name).contains(".kafka_cleanshutdown"), "the broker's own is in order")
        #expect(try !shelf.board.list("").map(\.name).contains(".kafka_cleanshutdown"))
    }

    @Test func `a storage of another cluster is not touched`() async throws {
        let foreign = CrashStorage()
        try foreign.file("meta.properties").write(
            ByteBuffer(string: "version=1\ncluster.id=elsewhere\nnode.id=1\ndirectory.id=AAAAAAAAAAAAAAAAAAAAAQ\n"),
            at: 0)
        shelf.boards.withLock { $0["memory/storage/shelf"] = foreign }
        let broker = try await brokers.start()
        let client = try await TestClient(broker)
        #expect(try await create(client, "a", "shelf").errorCode == .none)
        #expect(try await client.produce(producerBatch(1).build(), to: "a").errorCode == .kafkaStorageError)
        #expect(try shelf.board.list("").map(\.name) == ["meta.properties"])
        await broker.stop()
    }

    @Test func `the storage of a topic stays what it was created with`() async throws {
        let broker = try await brokers.start()
        let client = try await TestClient(broker)
        #expect(try await create(client, "a", "memory").errorCode == .none)
        try await client.create("b")
        func alter(_ topic: String, _ value: String?) async throws -> (ErrorCode, String) {
            let response = try await client.call(
                IncrementalAlterConfigsRequest(resources: [
                    .init(
                        resourceType: 2, resourceName: topic,
                        configs: [.init(name: "storage", configOperation: value == nil ? 1 : 0, value: value)])
                ]), version: 1)
            let answer = try #require(response.responses.first)
            return (answer.errorCode, answer.errorMessage ?? "")
        }
        for (topic, value) in [("a", "file"), ("a", nil), ("b", "memory")] {
            let (code, message) = try await alter(topic, value)
            #expect(code == .invalidConfig)
            #expect(message.contains("is chosen when a topic is created"), "\(message)")
        }
        #expect(try await alter("a", "memory").0 == .none)
        #expect(try await alter("b", "file").0 == .none, "it says what holds anyway")

        // The older request replaces all configs, and need not name what cannot be changed.
        let replaced = try await client.call(
            AlterConfigsRequest(resources: [
                .init(resourceType: 2, resourceName: "a", configs: [.init(name: "retention.ms", value: "5")])
            ]), version: 2)
        #expect(replaced.responses.first?.errorCode == ErrorCode.none)
        let described = try await client.call(
            DescribeConfigsRequest(
                resources: [.init(resourceType: 2, resourceName: "a", configurationKeys: ["storage", "retention.ms"])]),
            version: 4)
        let configs = try #require(described.results.first).configs.sorted { $0.name < $1.name }
        #expect(configs.map(\.value) == ["5", "memory"] && configs.map(\.readOnly) == [false, true])
        #expect(try await create(client, "c", "cupboard").errorCode == .invalidConfig)
        await broker.stop()
    }

    @Test func `a broker that forgets everything has no topics that last`() async throws {
        let broker = try await brokers.start(["storage": "memory"], isEphemeral: true)
        let client = try await TestClient(broker)
        let lasting = try await create(client, "a", "file")
        #expect(lasting.errorCode == .invalidConfig)
        #expect(lasting.errorMessage?.contains("start the broker with a data directory") == true)
        #expect(try await create(client, "b", "memory").errorCode == .none)
        #expect(try await client.produce(producerBatch(1).build(), to: "b").errorCode == .none)
        #expect(try await directories(client).map(\.logDir) == ["memory"])
        await broker.stop()
    }

    // MARK: One that does not answer

    /// Brokers with a storage that can be held up: as a whole while it is opened, or in single calls.
    private func slowBrokers(_ held: HeldStorage, opening: Gate) throws -> TestBroker {
        struct Slow: StorageProvider {
            let held: HeldStorage
            let opening: Gate
            func open(_ directory: String) throws(StorageError) -> any StorageBackend {
                opening.wait()
                return held
            }
        }
        return TestBroker(
            composition: try PluginSet {
                DefaultPlugins()
                Use(
                    PluginRegistration(.storage, name: "slow", summary: "Slow.", typeName: "Slow") { _ in
                        Slow(held: held, opening: opening)
                    })
            })
    }

    /// What a broker can still do for a topic in its own storage.
    private func expectEverything(_ client: TestClient, of topic: String) async throws {
        let offset = try await client.produce(producerBatch(1).build(), to: topic).baseOffset
        #expect(offset >= 0)
        #expect(try await client.fetch(topic, offset: offset).values.count == 1)
        #expect(try await end(client, topic).offset == offset + 1)
        #expect(try await client.deleteRecords(topic, before: offset).errorCode == .none)
        try await client.create("\(topic)-\(offset)")
    }

    @Test func `a storage whose writes do not come back holds up its own topics and no others`() async throws {
        let (held, opening) = (HeldStorage(), Gate())
        opening.open()
        let broker = try await slowBrokers(held, opening: opening).start()
        let (first, second, third, other) = (
            try await TestClient(broker), try await TestClient(broker), try await TestClient(broker),
            try await TestClient(broker)
        )
        #expect(try await create(first, "a", "slow").errorCode == .none)
        try await other.create("b", configs: [("flush.messages", "1")])
        #expect(try await first.produce(producerBatch(1).build(), to: "a").baseOffset == 0)
        held.hold("a-0", [.write, .synchronize])

        // There are one network thread and one worker.
        let one = try await first.send(TestClient.produceRequest(producerBatch(1).build(), "a", acks: -1), version: 12)
        while held.heldCount == 0 { await Task.yield() }
        let two = try await second.send(TestClient.produceRequest(producerBatch(1).build(), "a", acks: -1), version: 12)
        let read = try await third.send(TestClient.fetchRequest("a", offset: 1, minBytes: 1), version: 12)
        try await expectEverything(other, of: "b")
        let altered = try await other.call(
            IncrementalAlterConfigsRequest(resources: [
                .init(resourceType: 2, resourceName: "a", configs: [.init(name: "retention.ms", value: "1000000")])
            ]), version: 1)
        #expect(altered.responses.map(\.errorCode) == [.none], "the controller does not wait for it either")
        try await expectEverything(other, of: "b")

        held.release()
        let answers = [
            try await first.receive(ProduceResponse.self, version: 12, id: one),
            try await second.receive(ProduceResponse.self, version: 12, id: two),
        ]
        #expect(answers.map { $0.responses.first?.partitionResponses.first?.baseOffset } == [1, 2])
        let fetched = try await third.receive(FetchResponse.self, version: 12, id: read)
        #expect(fetched.responses.first?.partitions.first?.errorCode == ErrorCode.none)
        #expect(try await other.fetch("a", offset: 0).values.count == 3)
        await broker.stop()
    }

    @Test func `while a storage is opened nobody waits but who needs it, and what was sent is appended in order`()
        async throws
    {
        let (held, opening) = (HeldStorage(), Gate())
        let broker = try await slowBrokers(held, opening: opening).start()
        let (first, other) = (try await TestClient(broker), try await TestClient(broker))
        #expect(try await create(first, "a", "slow").errorCode == .none)
        try await other.create("b")
        var ids: [Int32] = []
        for sequence in 0..<5 as Range<Int32> {
            ids.append(
                try await first.send(TestClient.produceRequest(idempotent(sequence), "a", acks: -1), version: 12))
        }
        try await expectEverything(other, of: "b")
        opening.open()
        for (offset, id) in ids.enumerated() {
            let answer = try await first.receive(ProduceResponse.self, version: 12, id: id)
            #expect(answer.responses.first?.partitionResponses.first?.baseOffset == Int64(offset))
        }
        #expect(try await other.fetch("a", offset: 0).values == ["0", "1", "2", "3", "4"])
        // One fetch that waits is woken by what is appended later.
        let waiting = try await other.send(TestClient.fetchRequest("a", offset: 5, maxWait: 60_000), version: 12)
        #expect(try await first.produce(idempotent(5), to: "a").errorCode == .none)
        let woken = try await other.receive(FetchResponse.self, version: 12, id: waiting)
        #expect(try woken.responses.first?.partitions.first?.values == ["5"])
        await broker.stop()
    }

    @Test func `what a storage does is counted`() async throws {
        let broker = try await brokers.start(["http.listener": "127.0.0.1:0"])
        let client = try await TestClient(broker)
        #expect(try await create(client, "a", "shelf").errorCode == .none)
        #expect(try await client.produce(producerBatch(3).build(), to: "a").errorCode == .none)
        #expect(try await get("/readyz", of: broker).contains("200 OK"))
        let before = try await calls(of: "shelf", in: broker)
        #expect(before > 0)
        #expect(try await client.produce(producerBatch(3).build(), to: "a").errorCode == .none)
        #expect(try await calls(of: "shelf", in: broker) > before)
        #expect(try await calls(of: "file", in: broker) > 0)
        try shelf.board.inject(.stop(at: 1))
        #expect(try await client.produce(producerBatch(1).build(), to: "a").errorCode == .kafkaStorageError)
        #expect(try await get("/readyz", of: broker).contains("The storage backend 'shelf' fails"))
        await broker.stop()
    }

    private func calls(of storage: String, in broker: Broker) async throws -> Double {
        let line = try await get("/metrics", of: broker).split(separator: "\n").first {
            $0.hasPrefix("broker_plugin_calls_total{") && $0.contains("\"\(storage)\"")
        }
        return try #require(line?.split(separator: " ").last.flatMap { Double($0) })
    }
}
