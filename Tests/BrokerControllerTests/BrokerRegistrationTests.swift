import BrokerController
import BrokerMetadata
import BrokerModel
import BrokerPrimitives
import BrokerWire
import Testing

struct BrokerRegistrationTests {
    private func broker(_ number: NodeID) -> BrokerImage {
        BrokerImage(
            id: number, incarnation: id(900), endpoints: [.init(name: "L", host: "h", port: 1, securityProtocol: 0)],
            features: [], rack: "r", logDirectories: [id(5)])
    }

    /// A topic with one partition in the given state.
    private func cluster(_ state: PartitionRecord) throws -> Cluster {
        var cluster = try Cluster()
        var partition = state
        partition.partitionID = 0
        partition.topicID = id(1)
        try cluster.commit([.topic(TopicRecord(name: "t", topicID: id(1))), .partition(partition)])
        return cluster
    }

    private func register(
        _ number: NodeID, in cluster: inout Cluster, recovered: [(topic: TopicID, partition: PartitionIndex)] = []
    ) throws -> PartitionImage {
        let broker = broker(number)
        _ = try cluster.decide { controller, _ in
            controller.register(broker, nextOffset: 40, recovered: recovered)
        }
        return try #require(try cluster.topic("t").partitions.first)
    }

    @Test func `a broker registers with the offset as its epoch and is let in`() throws {
        var cluster = try Cluster()
        let wanted = broker(3)
        let epoch = try cluster.decide { controller, _ in
            controller.register(wanted, nextOffset: 40, recovered: [])
        }
        var expected = wanted
        expected.epoch = 40
        expected.isFenced = false
        #expect(epoch == 40)
        #expect(cluster.controller.image.brokers == [3: expected])
    }

    @Test func `a newer registration takes the older one's place`() throws {
        var cluster = try Cluster()
        try cluster.add(3, leaving: true)
        let wanted = broker(3)
        _ = try cluster.decide { controller, _ in controller.register(wanted, nextOffset: 41, recovered: []) }
        let image = try #require(cluster.controller.image.brokers[3])
        #expect(image.incarnation == id(900) && image.epoch == 41 && !image.isInControlledShutdown && !image.isFenced)
    }

    @Test func `a partition without a leader is led by the in-sync replica that comes`() throws {
        var cluster = try cluster(
            PartitionRecord(replicas: [3, 4], isr: [3, 4], leader: -1, leaderEpoch: 7, partitionEpoch: 9))
        let partition = try register(3, in: &cluster)
        #expect(partition.leader == 3 && partition.leaderEpoch == 8 && partition.isr == [3, 4])
        #expect(partition.partitionEpoch == 10)
    }

    @Test func `an eligible replica leads alone and is eligible no more`() throws {
        var cluster = try cluster(
            PartitionRecord(
                replicas: [3, 4, 5], isr: [], leader: -1, eligibleLeaderReplicas: [4, 3], lastKnownElr: [5]))
        let partition = try register(3, in: &cluster)
        #expect(partition.leader == 3 && partition.isr == [3])
        #expect(partition.eligibleLeaderReplicas == [4])
        #expect(partition.lastKnownEligibleLeaderReplicas == [], "a leader ends what was last known")
    }

    @Test func `the last known leader leads where nobody is in sync or eligible`() throws {
        var cluster = try cluster(PartitionRecord(replicas: [3, 4], isr: [], leader: -1, lastKnownElr: [3]))
        let partition = try register(3, in: &cluster)
        #expect(partition.leader == 3 && partition.isr == [3])
        #expect(partition.lastKnownEligibleLeaderReplicas.isEmpty)
    }

    @Test(arguments: [
        PartitionRecord(replicas: [3, 4], isr: [4], leader: -1),
        PartitionRecord(replicas: [3, 4], isr: [], leader: -1, eligibleLeaderReplicas: [4], lastKnownElr: [3]),
        PartitionRecord(replicas: [3, 4], isr: [], leader: -1, lastKnownElr: [4]),
        PartitionRecord(replicas: [3, 4], isr: [], leader: -1),
        PartitionRecord(replicas: [4], isr: [4], leader: -1),
        PartitionRecord(replicas: [3, 4], isr: [3, 4], leader: 4),
        PartitionRecord(replicas: [3, 4], isr: [3, 4], leader: 3),
    ])
    func `who could lose records does not become leader, nor is a leader replaced`(state: PartitionRecord) throws {
        var cluster = try cluster(state)
        let before = try #require(try cluster.topic("t").partitions.first)
        #expect(try register(3, in: &cluster) == before)
    }

    @Test func `a recovered log's leader gets a new epoch, another's does not`() throws {
        var cluster = try cluster(PartitionRecord(replicas: [3], isr: [3], leader: 3, leaderEpoch: 2))
        let own = try register(3, in: &cluster, recovered: [(id(1), 0), (id(1), 5), (id(77), 0)])
        #expect(own.leader == 3 && own.leaderEpoch == 3)
        let other = try register(4, in: &cluster, recovered: [(id(1), 0)])
        #expect(other == own)
    }

    @Test func `producer ids are given out in blocks that do not overlap`() throws {
        var cluster = try Cluster()
        let firsts = try (0..<5).map { _ in
            try cluster.decide { controller, _ in controller.allocateProducerIDs(broker: 1, brokerEpoch: 2) }
        }
        let size = ProducerID(Controller.producerIDBlockSize)
        #expect(firsts == (0..<5).map { $0 * size })
        #expect(cluster.controller.image.nextProducerID == 5 * size)
    }

    @Test func `a new cluster begins with its metadata version`() throws {
        var cluster = try Cluster()
        try cluster.commit(Controller.bootstrapRecords(metadataVersion: 30))
        #expect(cluster.controller.image.features == ["metadata.version": 30])
    }

    @Test func `a broker that is gone is forgotten, and no partition counts on it`() throws {
        var cluster = try Cluster(brokers: 2)
        _ = try cluster.create(.manual("t", [(0, [2, 1])]), .manual("u", [(0, [2])]))
        func unregister(_ broker: NodeID) throws -> ErrorCode {
            try cluster.decide { controller, _ in controller.unregister(UnregisterBrokerRequest(brokerID: broker)) }
                .errorCode
        }
        #expect(try unregister(3) == .brokerIdNotRegistered)
        #expect(try unregister(2) == .invalidRequest, "it runs")
        try cluster.commit([.fenceBroker(FenceBrokerRecord(id: 2, epoch: 20))])
        #expect(try unregister(2) == .none)
        #expect(cluster.controller.image.brokers.keys.sorted() == [1])
        let partition = try cluster.topic("t").partitions[0]
        #expect(partition.isr == [1] && partition.leader == 1)
        #expect(try cluster.topic("u").partitions[0].isr == [2], "the last replica in sync is remembered")
    }
}
