import BrokerCommitLog
import BrokerMetadata
import BrokerModel
import BrokerPluginAPI
import BrokerPrimitives
import BrokerRuntime
import BrokerWire
import NIOCore
import Testing

/// Starting, stopping and starting again.
@Suite(.timeLimit(.minutes(2)))
struct LifecycleTests {
    private let brokers = TestBroker()
    private static let cleanMark = ".kafka_cleanshutdown"

    @Test func `a start that fails leaves no port, no lock and a directory in order`() async throws {
        let other = try await TestBroker().start(isEphemeral: true)
        let taken = try #require(other.listeners.first).port
        let first = try await brokers.start()
        let free = try #require(first.listeners.first).port
        try await TestClient(first).create("t")
        await first.stop()

        await #expect(throws: BrokerStartError.self) {
            _ = try await brokers.start([
                "listeners": "PLAINTEXT://127.0.0.1:\(free),SECOND_PLAINTEXT://127.0.0.1:\(taken)"
            ])
        }
        #expect(try brokers.storage.list("").contains { $0.name == Self.cleanMark })
        let again = try await brokers.start(["listeners": "PLAINTEXT://127.0.0.1:\(free)"])
        #expect(again.metadata.image.topics.names == ["t"])
        await again.stop()
        await other.stop()
    }

    @Test func `a broker that has stopped is gone`() async throws {
        weak var metadata: MetadataView?
        weak var partitions: PartitionTable?
        do {
            let broker = try await brokers.start(isEphemeral: true)
            let client = try await TestClient(broker)
            try await client.create("t")
            _ = try await client.produce(producerBatch(1).build(), to: "t")
            (metadata, partitions) = (broker.metadata, broker.partitions)
            await broker.stop()
        }
        #expect(metadata == nil && partitions == nil)
    }

    @Test func `old records go after a restart, though nobody asks for them`() async throws {
        let time = TestWorld()
        var broker = try await brokers.start(world: time.world)
        var client = try await TestClient(broker)
        try await client.create("old", partitions: 2, configs: [("retention.ms", "10000000")])
        try await client.create("kept", configs: [("retention.ms", "-1")])
        let batch = producerBatch(3).build()
        for topic in ["old", "kept"] { _ = try await client.produce(batch, to: topic) }
        await broker.stop()

        broker = try await brokers.start(world: time.world)
        #expect(broker.partitions.all.isEmpty)
        time.advance(20_000_000)
        await broker.applyRetention()
        #expect(!broker.partitions.all.contains { $0.topic.partition == 1 }, "what has no record costs nothing")
        client = try await TestClient(broker)
        #expect(try await client.sizes() == ["old": [0, 0], "kept": [Int64(batch.readableBytes)]])
        #expect(try await client.produce(batch, to: "old").baseOffset == 3)
        await broker.stop()
    }

    @Test func `a log that the recovery opened has the configuration of its first use`() async throws {
        var broker = try await brokers.start()
        var client = try await TestClient(broker)
        try await client.create("t")
        _ = try await client.produce(producerBatch(1).build(), to: "t")
        await broker.stop()
        try brokers.storage.remove(Self.cleanMark)

        broker = try await brokers.start()
        client = try await TestClient(broker)
        let changed = try await client.call(
            IncrementalAlterConfigsRequest(resources: [
                .init(
                    resourceType: ConfigResource.Kind.topic.rawValue, resourceName: "t",
                    configs: [.init(name: "segment.bytes", configOperation: 0, value: "2000000")])
            ]), version: 1)
        #expect(changed.responses.map(\.errorCode) == [.none])
        #expect(try broker.partitions.leading("t", 0).log.configuration.segmentBytes == 2_000_000)
        await broker.stop()
    }
}
