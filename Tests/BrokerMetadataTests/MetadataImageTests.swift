import BrokerMetadata
import BrokerModel
import BrokerPrimitives
import BrokerWire
import Testing

/// What each kind of record does to the image, and what the delta tells of it.
struct MetadataImageTests {
    private let topicRecords: [MetadataRecord] = [
        .topic(TopicRecord(name: "t", topicID: id(1))),
        .partition(
            PartitionRecord(
                partitionID: 0, topicID: id(1), replicas: [1, 2], isr: [1, 2], leader: 1, leaderEpoch: 0,
                partitionEpoch: 0, directories: [id(11), id(12)])),
        .partition(
            PartitionRecord(
                partitionID: 1, topicID: id(1), replicas: [2, 1], isr: [2], leader: 2, leaderEpoch: 4,
                partitionEpoch: 9)),
    ]

    private let broker = RegisterBrokerRecord(
        brokerID: 3, incarnationID: id(3), brokerEpoch: 77,
        endPoints: [.init(name: "PLAINTEXT", host: "h", port: 9092, securityProtocol: 0)],
        features: [.init(name: "metadata.version", minSupportedVersion: 7, maxSupportedVersion: 30)], rack: "r",
        fenced: true, logDirs: [id(31)])

    @Test func `a topic is found by name and id, with its partitions`() throws {
        let (image, delta) = try MetadataImage().applying(topicRecords)
        let topic = try #require(image.topics["t"])
        #expect(image.topics[id(1)] == topic)
        #expect(topic.partitions.count == 2)
        #expect(topic.partitions[1].leaderEpoch == 4)
        #expect(topic.partitions[1].partitionEpoch == 9)
        #expect(image.topics.partitionCount == 2)
        #expect(image.topics.partition(1, of: id(1)) == topic.partitions[1])
        #expect(image.topics.partition(2, of: id(1)) == nil)
        #expect(image.topics.partition(-1, of: id(1)) == nil)
        #expect(delta.changedTopics == [id(1)])
        #expect(!delta.isEmpty)
    }

    @Test func `a partition change changes what it names and raises the epochs`() throws {
        let before = try MetadataImage().applying(topicRecords).image
        var change = PartitionChangeRecord(partitionID: 0, topicID: id(1), isr: [1])
        let shrunk = try before.applying([.partitionChange(change)])
        let first = try #require(shrunk.image.topics.partition(0, of: id(1)))
        #expect(first.isr == [1] && first.leader == 1 && first.leaderEpoch == 0 && first.partitionEpoch == 1)
        #expect(first.replicas == [1, 2] && first.directories == [id(11), id(12)])
        #expect(shrunk.delta.changedTopics == [id(1)])

        change = PartitionChangeRecord(
            partitionID: 0, topicID: id(1), isr: [2], leader: 2, replicas: [2, 3], removingReplicas: [1],
            addingReplicas: [3], leaderRecoveryState: 1, directories: [id(12), id(13)], eligibleLeaderReplicas: [3],
            lastKnownElr: [1])
        let second = try #require(
            try shrunk.image.applying([.partitionChange(change)]).image.topics.partition(0, of: id(1)))
        var expected = PartitionImage(replicas: [2, 3], leader: 2, directories: [id(12), id(13)])
        expected.isr = [2]
        expected.removingReplicas = [1]
        expected.addingReplicas = [3]
        expected.leaderRecoveryState = 1
        expected.leaderEpoch = 1
        expected.partitionEpoch = 2
        expected.eligibleLeaderReplicas = [3]
        expected.lastKnownEligibleLeaderReplicas = [1]
        #expect(second == expected)
    }

    @Test func `no leader is a leader change too`() throws {
        let before = try MetadataImage().applying(topicRecords).image
        let change = PartitionChangeRecord(partitionID: 0, topicID: id(1), leader: -1)
        let image = try before.applying([.partitionChange(change)]).image
        #expect(image.topics.partition(0, of: id(1))?.leader == -1)
        #expect(image.topics.partition(0, of: id(1))?.leaderEpoch == 1)
    }

    @Test func `removing a topic takes its configs along and tells what was removed`() throws {
        let resource = ConfigResource(.topic, "t")
        let before = try MetadataImage().applying(
            topicRecords + [.config(.setting("retention.ms", to: "1", of: resource))]
        ).image
        let (image, delta) = try before.applying([.removeTopic(RemoveTopicRecord(topicID: id(1)))])
        #expect(image.topics["t"] == nil && image.topics[id(1)] == nil && image.topics.partitionCount == 0)
        #expect(image.config(of: resource).isEmpty)
        #expect(delta.removedTopics.map(\.name) == ["t"])
        #expect(delta.removedTopics[0].partitions.count == 2)
        #expect(delta.changedTopics.isEmpty)
        #expect(before.topics["t"] != nil, "an image is a value")
    }

    @Test func `a config is set, replaced and taken away`() throws {
        let resource = ConfigResource(.broker, "")
        let set = try MetadataImage().applying([
            .config(.setting("a", to: "1", of: resource)), .config(.setting("b", to: "2", of: resource)),
            .config(.setting("a", to: "3", of: resource)),
        ])
        #expect(set.image.config(of: resource) == ["a": "3", "b": "2"])
        #expect(set.delta.configsChanged == [resource])
        let gone = try set.image.applying([
            .config(.setting("a", to: nil, of: resource)), .config(.setting("b", to: nil, of: resource)),
        ])
        #expect(gone.image.configs.isEmpty)
    }

    @Test func `a broker registers, is let in, is fenced and leaves`() throws {
        var (image, delta) = try MetadataImage().applying([.registerBroker(broker)])
        #expect(image.brokers[3]?.epoch == 77 && image.brokers[3]?.rack == "r")
        #expect(image.liveBrokers.isEmpty)
        #expect(delta.brokersChanged)

        let change = BrokerRegistrationChangeRecord(brokerID: 3, brokerEpoch: 77, fenced: -1)
        (image, delta) = try image.applying([.brokerRegistrationChange(change)])
        #expect(image.liveBrokers.map(\.id) == [3])
        #expect(image.brokers[3]?.logDirectories == [id(31)])
        #expect(delta.brokersChanged)

        (image, delta) = try image.applying([.fenceBroker(FenceBrokerRecord(id: 3, epoch: 77))])
        #expect(image.liveBrokers.isEmpty && delta.brokersChanged)
        (image, delta) = try image.applying([.unfenceBroker(UnfenceBrokerRecord(id: 3, epoch: 77))])
        #expect(image.liveBrokers.count == 1 && delta.brokersChanged)

        let leaving = BrokerRegistrationChangeRecord(brokerID: 3, brokerEpoch: 77, inControlledShutdown: 1)
        (image, delta) = try image.applying([.brokerRegistrationChange(leaving)])
        #expect(image.liveBrokers.isEmpty && image.brokers[3]?.isFenced == false)

        let cordoning = BrokerRegistrationChangeRecord(
            brokerID: 3, brokerEpoch: 77, logDirs: [id(32)], cordonedLogDirs: [id(32)])
        (image, delta) = try image.applying([.brokerRegistrationChange(cordoning)])
        #expect(image.brokers[3]?.logDirectories == [id(32)])
        #expect(image.brokers[3]?.cordonedLogDirectories == [id(32)])

        (image, delta) = try image.applying([.unregisterBroker(UnregisterBrokerRecord(brokerID: 3, brokerEpoch: 77))])
        #expect(image.brokers.isEmpty && delta.brokersChanged)
    }

    @Test func `a feature's level is set and taken away by 0`() throws {
        let up = FeatureLevelRecord(name: "metadata.version", featureLevel: 30)
        let down = FeatureLevelRecord(name: "metadata.version", featureLevel: 0)
        let image = try MetadataImage().applying([.featureLevel(up)]).image
        #expect(image.features == ["metadata.version": 30])
        #expect(try image.applying([.featureLevel(down)]).image.features.isEmpty)
    }

    @Test func `producer ids begin after the last block`() throws {
        let record = ProducerIdsRecord(brokerID: 1, brokerEpoch: 2, nextProducerID: 3000)
        #expect(try MetadataImage().applying([.producerIDs(record)]).image.nextProducerID == 3000)
    }

    @Test func `a record that names what is not there is an error`() {
        func refusal(_ record: MetadataRecord) -> MetadataError? {
            do { _ = try MetadataImage().applying([record]) } catch { return error as? MetadataError }
            return nil
        }
        let partition = PartitionRecord(partitionID: 0, topicID: id(5))
        #expect(refusal(.partition(partition)) == .unknownPartition(id(5), 0))
        let change = PartitionChangeRecord(partitionID: 2, topicID: id(5))
        #expect(refusal(.partitionChange(change)) == .unknownPartition(id(5), 2))
        #expect(refusal(.removeTopic(RemoveTopicRecord(topicID: id(5)))) == .unknownTopic(id(5)))
        let registration = BrokerRegistrationChangeRecord(brokerID: 9)
        #expect(refusal(.brokerRegistrationChange(registration)) == .unknownBroker(9))
    }

    @Test(arguments: [-1, 2, .max, .min] as [PartitionIndex])
    func `a partition behind a gap is an error`(number: PartitionIndex) throws {
        var image = try MetadataImage().applying([.topic(TopicRecord(name: "t", topicID: id(1)))]).image
        var delta = MetadataDelta()
        let record = MetadataRecord.partition(PartitionRecord(partitionID: number, topicID: id(1)))
        #expect(throws: MetadataError.unknownPartition(id(1), number)) { try image.apply(record, to: &delta) }
    }

    @Test func `records that only frame others change nothing`() throws {
        let (image, delta) = try MetadataImage().applying([
            .noOp(NoOpRecord()), .beginTransaction(BeginTransactionRecord()), .endTransaction(EndTransactionRecord()),
            .abortTransaction(AbortTransactionRecord()), .zkMigrationState(ZkMigrationStateRecord()),
        ])
        #expect(Content(image) == Content(MetadataImage()))
        #expect(delta.isEmpty)
    }
}
