import BrokerMetadata
import BrokerModel
import BrokerPrimitives
import BrokerTestKit
import BrokerWire

/// A stream of records such as a metadata log could hold, at random.
struct RandomRecords {
    private var generator: SplitMix
    private var topics: [(id: KafkaUUID, name: String, partitions: Int32)] = []
    private var brokers: [NodeID] = []
    private var created: UInt64 = 0

    init(seed: UInt64) { generator = SplitMix(seed: seed) }

    mutating func next() -> MetadataRecord {
        switch generator.number(0...15) {
        case 0, 1: topic()
        case 2...4: partition() ?? topic()
        case 5, 6: partitionChange() ?? topic()
        case 7: removal() ?? topic()
        case 8, 9: config()
        case 10: registration()
        case 11: registrationChange() ?? registration()
        case 12: .featureLevel(FeatureLevelRecord(name: "f\(generator.number(0...2))", featureLevel: level()))
        case 13: .producerIDs(ProducerIdsRecord(brokerID: 1, brokerEpoch: 5, nextProducerID: Int64(number(0...9000))))
        case 14: accessControl()
        default: quota()
        }
    }

    private mutating func number(_ range: ClosedRange<Int>) -> Int32 { Int32(generator.number(range)) }
    private mutating func level() -> Int16 { Int16(generator.number(0...3)) }
    private mutating func nodes() -> [NodeID] {
        (1...5).shuffled(using: &generator).prefix(generator.number(0...4)).map { $0 }
    }
    private mutating func maybe() -> Bool { Bool.random(using: &generator) }

    private mutating func topic() -> MetadataRecord {
        created += 1
        let topic = (id: id(created), name: "t\(created)", partitions: Int32(0))
        topics.append(topic)
        return .topic(TopicRecord(name: topic.name, topicID: topic.id))
    }

    private mutating func partition() -> MetadataRecord? {
        guard let index = topics.indices.randomElement(using: &generator) else { return nil }
        defer { topics[index].partitions += 1 }
        let replicas = nodes()
        return .partition(
            PartitionRecord(
                partitionID: topics[index].partitions, topicID: topics[index].id, replicas: replicas,
                isr: maybe() ? replicas : nodes(), removingReplicas: maybe() ? [] : nodes(),
                addingReplicas: maybe() ? [] : nodes(), leader: number(-1...5),
                leaderRecoveryState: Int8(number(0...1)),
                leaderEpoch: number(0...9), partitionEpoch: number(0...9),
                directories: replicas.map { id(UInt64($0)) }, eligibleLeaderReplicas: maybe() ? nil : [4],
                lastKnownElr: maybe() ? nil : [5]))
    }

    private mutating func partitionChange() -> MetadataRecord? {
        let candidates = topics.filter { $0.partitions > 0 }
        guard let topic = candidates.randomElement(using: &generator) else { return nil }
        return .partitionChange(
            PartitionChangeRecord(
                partitionID: number(0...Int(topic.partitions) - 1), topicID: topic.id, isr: maybe() ? nil : nodes(),
                leader: number(-2...5), replicas: maybe() ? nil : nodes(), removingReplicas: maybe() ? nil : nodes(),
                addingReplicas: maybe() ? nil : nodes(), leaderRecoveryState: Int8(number(-1...1)),
                directories: maybe() ? nil : [id(3)], eligibleLeaderReplicas: maybe() ? nil : nodes(),
                lastKnownElr: maybe() ? nil : nodes()))
    }

    private mutating func removal() -> MetadataRecord? {
        guard let index = topics.indices.randomElement(using: &generator) else { return nil }
        return .removeTopic(RemoveTopicRecord(topicID: topics.remove(at: index).id))
    }

    private mutating func config() -> MetadataRecord {
        let topic = topics.randomElement(using: &generator)?.name
        let resource = topic.map { maybe() ? ConfigResource(.topic, $0) : ConfigResource(.broker, "") }
        return .config(
            .setting(
                "k\(generator.number(0...3))", to: maybe() ? "v\(generator.number(0...9))" : nil,
                of: resource ?? ConfigResource(.group, "g")))
    }

    private mutating func registration() -> MetadataRecord {
        let broker = number(1...5)
        brokers.append(broker)
        return .registerBroker(
            RegisterBrokerRecord(
                brokerID: broker, incarnationID: id(generator.next()), brokerEpoch: Int64(number(0...1000)),
                endPoints: [.init(name: "L", host: "h", port: 65535, securityProtocol: 3)],
                features: [.init(name: "f", minSupportedVersion: 1, maxSupportedVersion: 2)], rack: maybe() ? nil : "r",
                fenced: maybe(), inControlledShutdown: maybe(), logDirs: [id(1), id(2)],
                cordonedLogDirs: maybe() ? nil : [id(2)]))
    }

    private mutating func registrationChange() -> MetadataRecord? {
        guard let broker = brokers.randomElement(using: &generator) else { return nil }
        return .brokerRegistrationChange(
            BrokerRegistrationChangeRecord(
                brokerID: broker, fenced: Int8(number(-1...1)), inControlledShutdown: Int8(number(0...1)),
                logDirs: maybe() ? [] : [id(4)], cordonedLogDirs: maybe() ? nil : []))
    }

    private mutating func accessControl() -> MetadataRecord {
        let entry = id(UInt64(generator.number(0...9)))
        return maybe()
            ? .accessControlEntry(AccessControlEntryRecord(id: entry, resourceName: "n\(generator.number(0...9))"))
            : .removeAccessControlEntry(RemoveAccessControlEntryRecord(id: entry))
    }

    private mutating func quota() -> MetadataRecord {
        .clientQuota(
            ClientQuotaRecord(
                entity: [.init(entityType: "user", entityName: maybe() ? nil : "u")],
                key: "k\(generator.number(0...1))",
                value: Double(generator.number(0...9)), remove: maybe()))
    }
}
