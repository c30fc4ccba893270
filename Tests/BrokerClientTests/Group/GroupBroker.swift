import BrokerModel
import BrokerTesting
import Codecs
import NIOCore
import Partitioners
import Testing

@testable import BrokerClient

/// A broker in this process, in memory, and what tests of groups need of it.
struct GroupBroker {
    let broker: TestBroker
    let cluster: Cluster
    var admin: AdminClient { AdminClient(cluster: cluster) }

    /// Does `work` with a broker that has the topic `t`.
    static func with(
        partitions: Int32 = 4, metadataAgeMilliseconds: Int64 = 300_000,
        _ work: (GroupBroker) async throws -> Void
    ) async throws {
        try await withTestBroker(
            topics: [TestTopic("t", partitions: partitions)],
            config: ["group.min.session.timeout.ms": "100", "offsets.topic.num.partitions": "2"]
        ) { broker in
            var configuration = broker.clientConfiguration
            configuration.retryBackoffMilliseconds = 5
            configuration.retryBackoffMaximumMilliseconds = 50
            configuration.metadataMaximumAgeMilliseconds = metadataAgeMilliseconds
            configuration.allowsAutoTopicCreation = false
            let cluster = Cluster(configuration)
            defer { Task { await cluster.close() } }
            try await work(GroupBroker(broker: broker, cluster: cluster))
        }
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
    let end = clock.now + .seconds(90)
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
