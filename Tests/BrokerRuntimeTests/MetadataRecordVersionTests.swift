import BrokerController
import BrokerMetadata
import BrokerModel
import BrokerPrimitives
import BrokerRuntime
import BrokerWire
import Testing

struct MetadataRecordVersionTests {
    /// One record of each kind, with all that its newest version can say.
    private static let records: [MetadataRecord] = [
        .registerBroker(
            RegisterBrokerRecord(
                brokerID: 1, incarnationID: id(1), brokerEpoch: 2, rack: "r", inControlledShutdown: true,
                logDirs: [id(2)], cordonedLogDirs: [id(3)])),
        .unregisterBroker(UnregisterBrokerRecord(brokerID: 1, brokerEpoch: 2)),
        .topic(TopicRecord(name: "t", topicID: id(4))),
        .partition(
            PartitionRecord(
                partitionID: 0, topicID: id(4), replicas: [1], isr: [1], leader: 1, leaderEpoch: 0, partitionEpoch: 0,
                directories: [id(2)], eligibleLeaderReplicas: [2], lastKnownElr: [3])),
        .config(ConfigRecord(resourceType: 2, resourceName: "t", name: "k", value: nil)),
        .partitionChange(
            PartitionChangeRecord(
                partitionID: 0, topicID: id(4), isr: [], leader: -1, directories: [id(2)], eligibleLeaderReplicas: [2],
                lastKnownElr: [3])),
        .fenceBroker(FenceBrokerRecord(id: 1, epoch: 2)), .unfenceBroker(UnfenceBrokerRecord(id: 1, epoch: 2)),
        .removeTopic(RemoveTopicRecord(topicID: id(4))), .delegationToken(DelegationTokenRecord(tokenID: "x")),
        .userScramCredential(UserScramCredentialRecord(name: "u", mechanism: 1)),
        .featureLevel(FeatureLevelRecord(name: "metadata.version", featureLevel: 30)),
        .clientQuota(ClientQuotaRecord(entity: [.init(entityType: "user", entityName: nil)], key: "k", value: 1)),
        .producerIDs(ProducerIdsRecord(brokerID: 1, brokerEpoch: 2, nextProducerID: 1000)),
        .brokerRegistrationChange(
            BrokerRegistrationChangeRecord(
                brokerID: 1, brokerEpoch: 2, fenced: -1, inControlledShutdown: 1, logDirs: [id(2)],
                cordonedLogDirs: [id(3)])),
        .accessControlEntry(AccessControlEntryRecord(id: id(5))),
        .removeAccessControlEntry(RemoveAccessControlEntryRecord(id: id(5))), .noOp(NoOpRecord()),
        .zkMigrationState(ZkMigrationStateRecord()),
        .removeUserScramCredential(RemoveUserScramCredentialRecord(name: "u", mechanism: 1)),
        .beginTransaction(BeginTransactionRecord(name: "n")), .endTransaction(EndTransactionRecord()),
        .abortTransaction(AbortTransactionRecord(reason: "r")),
        .removeDelegationToken(RemoveDelegationTokenRecord(tokenID: "x")),
        .registerController(RegisterControllerRecord(controllerID: 1)),
    ]

    /// What a level may say, and in which version, by Kafka's table.
    private func expected(_ record: MetadataRecord, at level: Int16) -> (record: MetadataRecord, version: Int16?) {
        let (directories, eligible, cordoned) = (level >= 17, level >= 23, level >= 30)
        switch record {
        case .registerBroker(var broker):
            if !directories { broker.logDirs = [] }
            if !cordoned { broker.cordonedLogDirs = nil }
            return (.registerBroker(broker), cordoned ? 4 : directories ? 3 : 1)
        case .brokerRegistrationChange(var change):
            if !directories { change.logDirs = [] }
            if !cordoned { change.cordonedLogDirs = nil }
            return (.brokerRegistrationChange(change), cordoned ? 3 : directories ? 2 : 1)
        case .partition(var partition):
            if !directories { partition.directories = [] }
            if !eligible { (partition.eligibleLeaderReplicas, partition.lastKnownElr) = (nil, nil) }
            return (.partition(partition), eligible ? 2 : directories ? 1 : 0)
        case .partitionChange(var change):
            if !directories { change.directories = nil }
            if !eligible { (change.eligibleLeaderReplicas, change.lastKnownElr) = (nil, nil) }
            return (.partitionChange(change), eligible ? 2 : directories ? 1 : 0)
        default: return (record, nil)
        }
    }

    @Test(arguments: Controller.oldestMetadataVersion...Controller.latestMetadataVersion)
    func `every record can be written at every level, and says what the level can say`(level: Int16) throws {
        for record in Self.records {
            let encoded = try MetadataRecordVersion.encode(record, metadataVersion: level)
            let (decoded, version) = try MetadataRecord.decodeFramed(encoded)
            let expected = expected(record, at: level)
            #expect(decoded == expected.record)
            if let wanted = expected.version { #expect(version == wanted, "\(record)") }
        }
    }

    @Test func `the levels are those of Kafka 3.3 to 4.3`() {
        #expect(Controller.oldestMetadataVersion == 7 && Controller.latestMetadataVersion == 30)
    }
}
