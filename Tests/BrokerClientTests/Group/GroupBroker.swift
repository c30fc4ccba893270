import Authorizers
import BrokerMetadata
import BrokerModel
import BrokerRuntime
import Codecs
import Logging
import MemoryStorage
import NIOCore
import Partitioners
import Testing

@testable import BrokerClient

/// A broker in this process, in memory, and what tests of groups need of it.
struct GroupBroker {
    let broker: Broker
    let cluster: Cluster
    var admin: AdminClient { AdminClient(cluster: cluster) }

    /// Does `work` with a broker that has the topic `t`.
    static func with(
        partitions: Int32 = 4, metadataAgeMilliseconds: Int64 = 300_000,
        _ work: (GroupBroker) async throws -> Void
    ) async throws {
        let settings = [
            "listeners": "PLAINTEXT://127.0.0.1:0", "num.network.threads": "1", "background.threads": "1",
            "log.dirs": "memory", "group.initial.rebalance.delay.ms": "0", "group.min.session.timeout.ms": "100",
            "offsets.topic.num.partitions": "2",
        ]
        let broker = try await Broker.start(
            config: try BrokerConfig(layers: [settings]),
            plugins: BrokerPlugins(
                codecs: BuiltInCodecs.all, authorizer: AllowAll(), storage: { _ in MemoryStorageBackend() },
                ephemeralStorage: { MemoryStorageBackend() }),
            isEphemeral: true, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let port = try #require(broker.listeners.first).port
        var configuration = ClientConfiguration(bootstrapServers: [BrokerAddress(host: "127.0.0.1", port: port)])
        configuration.retryBackoffMilliseconds = 5
        configuration.retryBackoffMaximumMilliseconds = 50
        configuration.metadataMaximumAgeMilliseconds = metadataAgeMilliseconds
        configuration.allowsAutoTopicCreation = false
        let bench = GroupBroker(broker: broker, cluster: Cluster(configuration))
        do {
            try await bench.create("t", partitions: partitions)
            try await work(bench)
        } catch {
            await bench.end()
            throw error
        }
        await bench.end()
    }

    private func end() async {
        await cluster.close()
        await broker.stop()
    }

    func create(_ topic: String, partitions: Int32) async throws {
        _ = try await admin.createTopics([NewTopic(topic, partitionCount: partitions, replicationFactor: 1)])[0].get()
    }

    /// Writes numbers into a topic, round robin.
    func fill(_ numbers: Range<Int>, _ topic: String = "t", partitions: Int32 = 4) async throws {
        let producer = try Producer(cluster: cluster, partitioner: RoundRobinPartitioner())
        let records = numbers.map {
            ProducerRecord(topic: topic, partition: Int32($0) % partitions, value: ByteBuffer(string: "\($0)"))
        }
        for result in await producer.send(contentsOf: records) { _ = try result.get() }
        await producer.close()
    }

    func consumer(_ adjust: (inout GroupConfiguration) -> Void = { _ in }) -> Consumer {
        var group = GroupConfiguration(groupID: "g")
        group.heartbeatIntervalMilliseconds = 50
        group.sessionTimeoutMilliseconds = 5_000
        adjust(&group)
        var configuration = ConsumerConfiguration()
        configuration.group = group
        configuration.offsetReset = .earliest
        configuration.maximumFetchWaitMilliseconds = 50
        return Consumer(cluster: cluster, configuration: configuration, codecs: BuiltInCodecs.all)
    }
}

/// Polls consumers until a condition holds; gives up after a while.
@discardableResult
func poll(
    _ consumers: [Consumer], until isDone: @Sendable ([Int]) async throws -> Bool,
    _ location: SourceLocation = #_sourceLocation
) async throws -> [Int] {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(30)
    var seen: [Int] = []
    while clock.now < end {
        for consumer in consumers {
            for record in try await consumer.poll(timeoutMilliseconds: 20) {
                seen.append(Int(String(buffer: record.value ?? ByteBuffer())) ?? -1)
            }
        }
        if try await isDone(seen) { return seen.sorted() }
    }
    Issue.record("it did not come to that; seen: \(seen.sorted())", sourceLocation: location)
    return seen
}

/// What a consumer was told.
actor Diary {
    private(set) var entries: [Rebalance] = []
    func note(_ entry: Rebalance) { entries.append(entry) }
}
