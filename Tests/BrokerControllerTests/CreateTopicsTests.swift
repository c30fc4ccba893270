import BrokerController
import BrokerMetadata
import BrokerModel
import BrokerPrimitives
import BrokerTestKit
import BrokerWire
import Testing

struct CreateTopicsTests {
    @Test func `a topic is created as asked`() throws {
        var cluster = try Cluster(brokers: 3)
        let result = try cluster.create(
            .automatic("t", partitions: 4, factor: 2, configs: [("retention.ms", "5"), ("cleanup.policy", "compact")]))[
                0]
        #expect(result.errorCode == .none)
        #expect(result.numPartitions == 4 && result.replicationFactor == 2)
        let topic = try cluster.topic("t")
        #expect(topic.id == result.topicID && topic.id != .zero)
        #expect(topic.partitions.count == 4)
        for partition in topic.partitions {
            #expect(partition.replicas.count == 2 && Set(partition.replicas).count == 2)
            #expect(partition.leader == partition.replicas[0])
            #expect(partition.isr == partition.replicas)
            #expect(partition.leaderEpoch == 0 && partition.partitionEpoch == 0)
            #expect(partition.directories == partition.replicas.map { KafkaUUID(high: 7, low: 100 + UInt64($0)) })
        }
        #expect(
            cluster.controller.image.config(of: ConfigResource(.topic, "t"))
                == ["retention.ms": "5", "cleanup.policy": "compact"])
        let retention = try #require(result.configs?.first { $0.name == "retention.ms" })
        #expect(retention.value == "5" && retention.configSource == ConfigSource.topic.rawValue)
        let segment = try #require(result.configs?.first { $0.name == "segment.bytes" })
        #expect(segment.value == "1073741824" && segment.configSource == ConfigSource.standard.rawValue)
    }

    @Test func `-1 asks for the cluster's defaults`() throws {
        var cluster = try Cluster(brokers: 3, ["num.partitions": "5", "default.replication.factor": "3"])
        let result = try cluster.create(.automatic("t", partitions: -1, factor: -1))[0]
        #expect(result.numPartitions == 5 && result.replicationFactor == 3)
    }

    @Test func `validating only says what would be and creates nothing`() throws {
        var cluster = try Cluster(brokers: 1)
        let before = cluster.controller.image.records
        let results = try cluster.create(
            .automatic("good", partitions: 3, configs: [("retention.ms", "1")]), .automatic("bad", factor: 2),
            validateOnly: true)
        #expect(results.map(\.errorCode) == [.none, .invalidReplicationFactor])
        #expect(results[0].numPartitions == 3 && results[0].topicID != .zero)
        #expect(cluster.controller.image.records == before)
    }

    @Test func `who may not read configs is told neither them nor the sizes`() throws {
        var cluster = try Cluster(brokers: 1)
        let result = try cluster.create(.automatic("t"), describes: false)[0]
        #expect(result.errorCode == .none && result.topicConfigErrorCode == .topicAuthorizationFailed)
        #expect(result.configs == nil && result.numPartitions == -1 && result.replicationFactor == -1)
        #expect(cluster.controller.image.topics["t"] != nil)
    }

    @Test func `one topic's error does not stop the others`() throws {
        var cluster = try Cluster(brokers: 1)
        let results = try cluster.create(.automatic("a"), .automatic("b", factor: 9), .automatic("c"))
        #expect(results.map(\.errorCode) == [.none, .invalidReplicationFactor, .none])
        #expect(cluster.controller.image.topics.names == ["a", "c"])
    }

    @Test(
        arguments: [
            (.automatic(""), .invalidTopicException), (.automatic("."), .invalidTopicException),
            (.automatic("a b"), .invalidTopicException), (.automatic("größe"), .invalidTopicException),
            (.automatic(String(repeating: "x", count: 250)), .invalidTopicException),
            (.automatic("__cluster_metadata"), .invalidRequest),
            (.automatic("old.topic"), .topicAlreadyExists), (.automatic("old_topic"), .invalidTopicException),
            (.automatic("t", partitions: 0), .invalidPartitions), (.automatic("t", partitions: -2), .invalidPartitions),
            (.automatic("t", factor: 0), .invalidReplicationFactor),
            (.automatic("t", factor: -2), .invalidReplicationFactor),
            (.automatic("t", factor: 5), .invalidReplicationFactor),
            (.automatic("t", partitions: 10_001), .policyViolation),
            (.automatic("t", partitions: .max), .policyViolation),
            (.automatic("t", configs: [("no.such.key", "1")]), .invalidConfig),
            (.automatic("t", configs: [("retention.ms", "soon")]), .invalidConfig),
            (.automatic("t", configs: [("retention.ms", nil)]), .invalidConfig),
            (
                .automatic("t", configs: [("min.compaction.lag.ms", "5"), ("max.compaction.lag.ms", "4")]),
                .invalidConfig
            ),
            (.manual("t", [(0, [1]), (2, [1])]), .invalidReplicaAssignment),
            (.manual("t", [(0, [1]), (0, [1])]), .invalidReplicaAssignment),
            (.manual("t", [(1, [1])]), .invalidReplicaAssignment), (.manual("t", [(0, [])]), .invalidReplicaAssignment),
            (.manual("t", [(0, [1, 1])]), .invalidReplicaAssignment),
            (.manual("t", [(0, [1, 9])]), .invalidReplicaAssignment),
            (.manual("t", [(0, [1, 2]), (1, [1])]), .invalidReplicaAssignment),
            (.manual("t", [(0, [4])]), .invalidReplicaAssignment),
        ] as [(CreateTopicsRequest.CreatableTopic, ErrorCode)])
    func `what cannot be created is refused with Kafka's code and no records`(
        topic: CreateTopicsRequest.CreatableTopic, code: ErrorCode
    ) throws {
        var cluster = try Cluster(brokers: 3)
        try cluster.add(4, fenced: true)
        try cluster.add(5, leaving: true)
        _ = try cluster.create(.automatic("old.topic"))
        let before = cluster.controller.image.records
        let result = try cluster.create(topic)[0]
        #expect(result.errorCode == code)
        #expect(result.errorMessage?.isEmpty == false && result.configs == [])
        #expect(cluster.controller.image.records == before)
    }

    @Test func `a manual assignment leaves no room for counts`() throws {
        var cluster = try Cluster(brokers: 1)
        var topic = CreateTopicsRequest.CreatableTopic.manual("t", [(0, [1])])
        topic.numPartitions = 1
        #expect(try cluster.create(topic)[0].errorCode == .invalidRequest)
        topic.numPartitions = -1
        topic.replicationFactor = 1
        #expect(try cluster.create(topic)[0].errorCode == .invalidRequest)
        #expect(cluster.controller.image.topics.count == 0)
    }

    @Test func `a manual assignment is taken as it is, whatever its order`() throws {
        var cluster = try Cluster(brokers: 3)
        try cluster.add(4, fenced: true, directories: [id(1), id(2)])
        let result = try cluster.create(.manual("t", [(1, [4, 2]), (0, [3, 1])]))[0]
        #expect(result.errorCode == .none && result.numPartitions == 2 && result.replicationFactor == 2)
        let partitions = try cluster.topic("t").partitions
        #expect(partitions.map(\.replicas) == [[3, 1], [4, 2]])
        #expect(partitions.map(\.leader) == [3, 2], "a fenced broker does not lead")
        #expect(partitions.map(\.isr) == [[3, 1], [2]], "nor is it in sync")
        #expect(partitions[1].directories == [.zero, id(102)], "of several directories none is chosen")
    }

    @Test func `a name that is given twice is refused once and not created`() throws {
        var cluster = try Cluster(brokers: 1)
        let results = try cluster.create(.automatic("a"), .automatic("b"), .automatic("a", partitions: 2))
        #expect(results.map(\.name) == ["a", "b"])
        #expect(results.map(\.errorCode) == [.invalidRequest, .none])
        #expect(cluster.controller.image.topics.names == ["b"])
    }

    @Test func `a request for more than 10,000 partitions is refused as a whole`() throws {
        var cluster = try Cluster(brokers: 1)
        let refused = try cluster.create(
            .automatic("a", partitions: 9_999), .automatic("b", partitions: 2), .automatic("c"))
        #expect(refused.map(\.errorCode) == [.policyViolation, .policyViolation, .policyViolation])
        #expect(cluster.controller.image.topics.partitionCount == 0)
        let created = try cluster.create(.automatic("a", partitions: 9_999), .automatic("b"))
        #expect(created.map(\.errorCode) == [.none, .none])
        #expect(cluster.controller.image.topics.partitionCount == 10_000)
    }

    @Test func `a topic counts for one partition at least, so that a request has an end`() throws {
        var cluster = try Cluster(brokers: 1)
        let topics = (0...10_000).map {
            CreateTopicsRequest.CreatableTopic.automatic("t\($0)", partitions: 0, configs: [("no.such.key", "1")])
        }
        let reply = try cluster.decide { controller, generator in
            controller.createTopics(
                CreateTopicsRequest(topics: topics), describes: { _ in true }, generator: &generator)
        }
        #expect(reply.topics.allSatisfy { $0.errorCode == .policyViolation })
    }

    @Test func `without a broker that is not fenced nothing can be placed`() throws {
        var cluster = try Cluster()
        #expect(try cluster.create(.automatic("t"))[0].errorCode == .invalidReplicationFactor)
        try cluster.add(1, fenced: true)
        #expect(try cluster.create(.automatic("t"))[0].errorCode == .invalidReplicationFactor)
        try cluster.add(2)
        #expect(try cluster.create(.automatic("t", factor: 2))[0].errorCode == .none)
        let partition = try #require(try cluster.topic("t").partitions.first)
        #expect(partition.replicas == [2, 1] && partition.isr == [2] && partition.leader == 2)
    }
}
