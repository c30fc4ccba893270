import BrokerModel
import BrokerPluginAPI
import BrokerPrimitives
import BrokerTesting
import Codecs
import NIOCore
import Partitioners
import Testing

@testable import BrokerClient

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A broker that runs already, Apache Kafka for one: `BROKER_TEST_BOOTSTRAP=host:port`. Without it, one of ours.
private let bootstrap = getenv("BROKER_TEST_BOOTSTRAP").map { String(cString: $0) }

@Suite(.timeLimit(.minutes(2)))
struct LiveBrokerTests {
    private func with(_ work: (Cluster, String) async throws -> Void) async throws {
        if let bootstrap { return try await with(bootstrap, work) }
        try await withTestBroker { broker in try await with(broker.bootstrapServers, work) }
    }

    private func with(_ servers: String, _ work: (Cluster, String) async throws -> Void) async throws {
        let cluster = Cluster(try ClientConfiguration(bootstrapServers: servers))
        let admin = AdminClient(cluster: cluster)
        let name = "client-test-\(UInt32.random(in: .min ... .max))"
        _ = try await admin.createTopics([NewTopic(name, partitionCount: 3, replicationFactor: 1)])[0].get()
        try await work(cluster, name)
        try await admin.deleteTopics([name])[0].get()
        await cluster.close()
    }

    private func records(_ topic: String, _ count: Int) -> [ProducerRecord] {
        (0..<count).map { ProducerRecord(topic: topic, key: "\($0 % 17)", value: "value \($0)") }
    }

    @Test(arguments: [CompressionType.none, .gzip, .snappy, .lz4, .zstd])
    func `what is sent is read, in order per key`(compression: CompressionType) async throws {
        try await with { cluster, topic in
            let codec = BuiltInCodecs.all.first { $0.type == compression }
            let producer = try Producer(cluster: cluster, partitioner: KeyHashPartitioner(), codec: codec)
            let sent = records(topic, 5_000)
            let places = try await producer.send(contentsOf: sent).map { try $0.get() }
            await producer.close()
            var expected: [TopicPartition: [ByteBuffer?]] = [:]
            for (record, place) in zip(sent, places) {
                let key = TopicPartition(topic: topic, partition: place.partition)
                #expect(place.offset == Offset(expected[key, default: []].count))
                expected[key, default: []].append(record.value)
            }
            var configuration = ConsumerConfiguration()
            configuration.offsetReset = .earliest
            let consumer = Consumer(cluster: cluster, configuration: configuration, codecs: BuiltInCodecs.all)
            await consumer.assign((0..<3).map { TopicPartition(topic: topic, partition: $0) })
            var found: [TopicPartition: [ByteBuffer?]] = [:]
            var count = 0
            while count < sent.count {
                for record in try await consumer.poll(timeoutMilliseconds: 10_000) {
                    found[TopicPartition(topic: topic, partition: record.partition), default: []].append(record.value)
                    count += 1
                }
            }
            await consumer.close()
            #expect(found == expected)
        }
    }

    @Test func `topics, partitions and configurations can be changed and are described`() async throws {
        try await with { cluster, topic in
            let admin = AdminClient(cluster: cluster)
            let again = try await admin.createTopics([NewTopic(topic)])[0]
            guard case .failure(let error) = again else {
                Issue.record("the topic was created twice")
                return
            }
            #expect(error.server == .topicAlreadyExists)
            try await admin.createPartitions(topic: topic, total: 4)
            try await admin.alterConfigs(.topic(topic), ["retention.ms": .set("1234567")])
            var configs = try await admin.describeConfigs(.topic(topic))
            #expect(configs.first { $0.name == "retention.ms" }?.value == "1234567")
            #expect(configs.first { $0.name == "retention.ms" }?.isOverridden == true)
            try await admin.alterConfigs(.topic(topic), ["retention.ms": .delete])
            configs = try await admin.describeConfigs(.topic(topic))
            #expect(configs.first { $0.name == "retention.ms" }?.isOverridden == false)
            let described = try await admin.describeTopic(topic)
            #expect(described.partitions.count == 4)
            let names = try await admin.listTopics().map(\.name)
            #expect(names.contains(topic))
            let brokers = try await admin.describeCluster().brokers
            #expect(!brokers.isEmpty)
        }
    }

    @Test func `offsets are found and records deleted`() async throws {
        try await with { cluster, topic in
            let producer = try Producer(cluster: cluster, partitioner: RoundRobinPartitioner())
            let target = TopicPartition(topic: topic, partition: 1)
            for number in 0..<10 {
                let record = ProducerRecord(
                    topic: topic, partition: 1, value: ByteBuffer(string: "\(number)"), timestamp: Int64(1_000 + number)
                )
                _ = try await producer.send(record)
            }
            await producer.close()
            let admin = AdminClient(cluster: cluster)
            #expect(try await admin.listOffsets([target: .earliest])[target]?.offset == 0)
            #expect(try await admin.listOffsets([target: .latest])[target]?.offset == 10)
            #expect(try await admin.listOffsets([target: .timestamp(1_004)])[target]?.offset == 4)
            #expect(try await admin.listOffsets([target: .timestamp(9_999)])[target]?.offset == nil)
            #expect(try await admin.listOffsets([target: .maxTimestamp])[target]?.timestamp == 1_009)
            #expect(try await admin.deleteRecords(before: [target: 6])[target] == 6)
            #expect(try await admin.listOffsets([target: .earliest])[target]?.offset == 6)
        }
    }
}
