import Authorizers
import BrokerClient
import BrokerCommitLog
import BrokerMetadata
import BrokerModel
import BrokerPluginAPI
import BrokerPrimitives
import BrokerRuntime
import BrokerWire
import DefaultPlugins
import Logging
import NIOCore
import Testing

/// Records that the broker's own process sends, and the partitioner that decides where they go.
struct BrokerProduceTests {
    private let brokers = TestBroker()

    private func failure(_ body: () async throws -> Void) async -> ProduceError? {
        do {
            try await body()
            return nil
        } catch { return error as? ProduceError }
    }

    @Test func `a record is stored as a client's is, and can be fetched`() async throws {
        let broker = try await brokers.start()
        let client = try await TestClient(broker)
        try await client.create("t", partitions: 3)
        let first = try await broker.produce(to: "t", partition: 2, key: "k", value: "v", timestamp: 1_000)
        #expect(first == ProducedRecord(partition: 2, offset: 0))
        let second = try await broker.produce(
            to: "t", partition: 2, key: ByteBuffer(), value: nil, headers: [.init(key: "h", value: nil)],
            timestamp: 1_001)
        #expect(second.offset == 1)
        let log = try broker.partitions.leading("t", 2).log
        #expect(log.logEndOffset == 2)
        let response = try await client.call(
            FetchRequest(
                maxWaitMs: 0, minBytes: 1, maxBytes: 1 << 20,
                topics: [
                    .init(
                        topic: "t", partitions: [.init(partition: 2, fetchOffset: 0, partitionMaxBytes: 1 << 20)])
                ]), version: 12)
        var batches = RecordBatchSequence(
            try #require(response.responses.first?.partitions.first?.records?.buffer))
        var records: [Record] = []
        while let batch = try batches.next() {
            try batch.validateChecksum()
            var sequence = batch.records
            records += try sequence.collect()
        }
        #expect(records.map(\.offset) == [0, 1] && records.first?.timestamp == 1_000)
        #expect(records.map(\.key) == [ByteBuffer(string: "k"), ByteBuffer()])
        #expect(records.map(\.value) == [ByteBuffer(string: "v"), nil])
        #expect(records.last?.headers == [.init(key: "h", value: nil)])
        await broker.stop()
    }

    @Test func `the topic's partitioner chooses, and a changed one from then on`() async throws {
        let broker = try await brokers.start()
        let client = try await TestClient(broker)
        try await client.create(
            "t", partitions: 4, configs: [("partitioner", "vip"), ("partitioner.vip.keys", "acme")])
        #expect(try await broker.produce(to: "t", key: "acme", value: "1").partition == 0)
        #expect(try await broker.produce(to: "t", key: "other", value: "2").partition != 0)
        let response = try await client.call(
            IncrementalAlterConfigsRequest(resources: [
                .init(
                    resourceType: 2, resourceName: "t",
                    configs: [.init(name: "partitioner.vip.keys", configOperation: 0, value: "other")])
            ]), version: 1)
        #expect(response.responses.first?.errorCode == ErrorCode.none)
        #expect(try await broker.produce(to: "t", key: "other", value: "3").partition == 0)
        await broker.stop()
    }

    @Test func `what a client would be refused is refused`() async throws {
        let broker = try await brokers.start()
        let client = try await TestClient(broker)
        try await client.create("t", configs: [("cleanup.policy", "compact")])
        #expect(await failure { try await broker.produce(to: "none", value: "v") }?.code == .unknownTopicOrPartition)
        #expect(
            await failure { try await broker.produce(to: "t", partition: 7, value: "v") }?.code
                == .unknownTopicOrPartition)
        #expect(await failure { try await broker.produce(to: "t", partition: -1, value: "v") } != nil)
        let keyless = await failure { try await broker.produce(to: "t", value: "v") }
        #expect(keyless?.code == .invalidRecord)
        #expect(keyless?.message.contains("must have") == true, "\(keyless?.message ?? "")")
        let large = ByteBuffer(repeating: 0, count: 2 << 20)
        #expect(
            await failure { try await broker.produce(to: "t", key: ByteBuffer(string: "k"), value: large) }?.code
                == .messageTooLarge)
        await broker.stop()
        #expect(await failure { try await broker.produce(to: "t", key: "k", value: "v") }?.code == .brokerNotAvailable)
    }

    @Test func `a partitioner that answers nonsense harms its record`() async throws {
        let brokers = TestBroker(
            composition: try PluginSet {
                DefaultPlugins()
                Use(.partitioner("wild") { $0.key == nil ? 1_000_000_000 : -1 })
            })
        let broker = try await brokers.start()
        try await TestClient(broker).create("t", partitions: 2, configs: [("partitioner", "wild")])
        for key in [nil, "k"] as [String?] {
            let error = await failure { try await broker.produce(to: "t", key: key, value: "v") }
            #expect(error?.message.contains("0 to 1") == true)
        }
        #expect(try await broker.produce(to: "t", partition: 1, value: "v").offset == 0)
        await broker.stop()
    }

    @Test func `neither the authorizer nor a flush keeps the owner from writing`() async throws {
        var brokers = TestBroker()
        let open = try await brokers.start()
        try await TestClient(open).create("t", configs: [("flush.messages", "1")])
        await open.stop()
        brokers.authorizer = DenyAll()
        let broker = try await brokers.start()
        for offset in 0..<3 as Range<Int64> {
            #expect(try await broker.produce(to: "t", value: "v").offset == offset)
        }
        #expect(try broker.partitions.leading("t", 0).log.recoveryPoint == 3)
        await broker.stop()
    }

    @Test func `a broker is embedded with a list of plug-ins and a few keys`() async throws {
        let broker = try await Broker.start(
            PluginSet { DefaultPlugins() },
            configuration: ["listeners": "PLAINTEXT://127.0.0.1:0", "http.listener": "off"], isEphemeral: true,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await TestClient(broker).create("t")
        #expect(try await broker.produce(to: "t", key: "k", value: "v") == ProducedRecord(partition: 0, offset: 0))
        await broker.stop()
        await #expect(throws: (any Error).self) {
            try await Broker.start(PluginSet { DefaultPlugins() }, configuration: ["storage": "flie"])
        }
    }

    @Test func `many at once all get places of their own`() async throws {
        let broker = try await brokers.start(["num.network.threads": "2"])
        try await TestClient(broker).create("t")
        let offsets = try await withThrowingTaskGroup(of: Int64.self) { group in
            for number in 0..<200 {
                group.addTask { try await broker.produce(to: "t", value: "\(number)").offset }
            }
            return try await group.reduce(into: Set<Int64>()) { $0.insert($1) }
        }
        #expect(offsets == Set(0..<200))
        await broker.stop()
    }

    @Test func `a native producer asks the topic for its partitioner, and again from time to time`() async throws {
        let broker = try await brokers.start()
        let client = try await TestClient(broker)
        try await client.create(
            "vip", partitions: 4, configs: [("partitioner", "vip"), ("partitioner.vip.keys", "acme")])
        try await client.create("plain", partitions: 4)
        var configuration = try ClientConfiguration(
            bootstrapServers: "127.0.0.1:\(try #require(broker.listeners.first).port)")
        configuration.metadataMaximumAgeMilliseconds = 0
        let cluster = Cluster(configuration)
        let producer = try Producer(cluster: cluster, plugins: PluginSet { DefaultPlugins() })
        func place(_ topic: String, _ key: String) async throws -> PartitionIndex {
            try await producer.send(ProducerRecord(topic: topic, key: key, value: "v")).partition
        }
        #expect(try await place("vip", "acme") == 0)
        #expect(try await place("vip", "other") != 0)
        #expect(try await place("plain", "acme") == broker.produce(to: "plain", key: "acme", value: "v").partition)
        _ = try await client.call(
            IncrementalAlterConfigsRequest(resources: [
                .init(
                    resourceType: 2, resourceName: "vip",
                    configs: [.init(name: "partitioner.vip.keys", configOperation: 0, value: "other")])
            ]), version: 1)
        var found: PartitionIndex = -1
        for _ in 0..<200 where found != 0 { found = try await place("vip", "other") }
        #expect(found == 0)

        // One that this client was not assembled with is an error that says so, and no guess.
        let poor = try Producer(
            cluster: cluster, plugins: PluginSet { Use(.partitioner("first") { _ in 0 }) })
        let error = await #expect(throws: ClientError.self) {
            _ = try await poor.send(ProducerRecord(topic: "vip", key: "k", value: "v"))
        }
        #expect(error.map { "\($0)" }?.contains("There is no partitioner 'vip'") == true)
        await producer.close()
        await poor.close()
        await cluster.close()
        await broker.stop()
    }
}
