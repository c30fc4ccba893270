internal import BrokerWire

/// A release of Apache Kafka, by what it added: the newest version of each API that changed.
///
/// What a broker's listener has, whether the release keeps its metadata in ZooKeeper or by KRaft: an API is in the first
/// release in which either has it. What is said to controllers only is left out.
struct KafkaRelease {
    let name: String
    private let changes: [APIKey: Int16]

    private init(_ name: String, _ changes: [APIKey: Int16]) {
        self.name = name
        self.changes = changes
    }

    /// The newest version of each API that a release has; nil if there is no such release.
    static func versions(of name: String) -> [APIKey: Int16]? {
        guard let index = all.firstIndex(where: { $0.name == name }) else { return nil }
        return all[...index].reduce(into: [:]) { versions, release in
            versions.merge(release.changes) { _, newer in newer }
        }
    }

    /// From the oldest to the newest.
    static let all = [
        KafkaRelease(
            "2.1",
            [
                .produce: 7, .fetch: 10, .listOffsets: 4, .metadata: 7, .offsetCommit: 6, .offsetFetch: 5,
                .findCoordinator: 2, .joinGroup: 3, .heartbeat: 2, .leaveGroup: 2, .syncGroup: 2,
                .describeGroups: 2, .listGroups: 2, .saslHandshake: 1, .apiVersions: 2, .createTopics: 3,
                .deleteTopics: 3, .deleteRecords: 1, .initProducerID: 1, .offsetForLeaderEpoch: 2,
                .addPartitionsToTxn: 1, .addOffsetsToTxn: 1, .endTxn: 1, .writeTxnMarkers: 0, .txnOffsetCommit: 2,
                .describeAcls: 1,
                .createAcls: 1, .deleteAcls: 1, .describeConfigs: 2, .alterConfigs: 1, .alterReplicaLogDirs: 1,
                .describeLogDirs: 1, .saslAuthenticate: 0, .createPartitions: 1, .createDelegationToken: 1,
                .renewDelegationToken: 1, .expireDelegationToken: 1, .describeDelegationToken: 1, .deleteGroups: 1,
            ]),
        KafkaRelease(
            "2.2",
            [
                .listOffsets: 5, .joinGroup: 4, .saslAuthenticate: 1, .electLeaders: 0,
            ]),
        KafkaRelease(
            "2.3",
            [
                .fetch: 11, .metadata: 8, .offsetCommit: 7, .joinGroup: 5, .heartbeat: 3, .syncGroup: 3,
                .describeGroups: 3, .offsetForLeaderEpoch: 3, .incrementalAlterConfigs: 0,
            ]),
        KafkaRelease(
            "2.4",
            [
                .produce: 8, .metadata: 9, .offsetCommit: 8, .offsetFetch: 6, .findCoordinator: 3, .joinGroup: 6,
                .heartbeat: 4, .leaveGroup: 4, .syncGroup: 4, .describeGroups: 5, .listGroups: 3, .apiVersions: 3,
                .createTopics: 5, .deleteTopics: 4, .initProducerID: 2, .createDelegationToken: 2,
                .deleteGroups: 2, .electLeaders: 2, .incrementalAlterConfigs: 1, .alterPartitionReassignments: 0,
                .listPartitionReassignments: 0, .offsetDelete: 0,
            ]),
        KafkaRelease(
            "2.5",
            [
                .offsetFetch: 7, .joinGroup: 7, .syncGroup: 5, .initProducerID: 3, .txnOffsetCommit: 3,
                .describeAcls: 2, .createAcls: 2, .deleteAcls: 2, .saslAuthenticate: 2, .createPartitions: 2,
                .renewDelegationToken: 2, .expireDelegationToken: 2, .describeDelegationToken: 2,
            ]),
        KafkaRelease(
            "2.6",
            [
                .listGroups: 4, .deleteRecords: 2, .describeConfigs: 3, .describeLogDirs: 2,
                .describeClientQuotas: 0, .alterClientQuotas: 0,
            ]),
        KafkaRelease(
            "2.7",
            [
                .fetch: 12, .createTopics: 6, .deleteTopics: 5, .initProducerID: 4, .addPartitionsToTxn: 2,
                .addOffsetsToTxn: 2, .endTxn: 2, .createPartitions: 3, .describeUserScramCredentials: 0,
                .alterUserScramCredentials: 0, .updateFeatures: 0,
            ]),
        KafkaRelease(
            "2.8",
            [
                .produce: 9, .listOffsets: 6, .metadata: 11, .createTopics: 7, .deleteTopics: 6,
                .offsetForLeaderEpoch: 4, .addPartitionsToTxn: 3, .addOffsetsToTxn: 3, .endTxn: 3,
                .describeConfigs: 4, .alterConfigs: 2, .alterReplicaLogDirs: 2, .describeClientQuotas: 1,
                .alterClientQuotas: 1, .describeCluster: 0, .describeProducers: 0, .writeTxnMarkers: 1,
            ]),
        KafkaRelease(
            "3.0",
            [
                .listOffsets: 7, .offsetFetch: 8, .findCoordinator: 4, .describeTransactions: 0,
                .listTransactions: 0,
            ]),
        KafkaRelease(
            "3.1",
            [
                .fetch: 13, .metadata: 12,
            ]),
        KafkaRelease(
            "3.2",
            [
                .joinGroup: 9, .leaveGroup: 5, .describeLogDirs: 3,
            ]),
        KafkaRelease(
            "3.3",
            [
                .describeAcls: 3, .createAcls: 3, .deleteAcls: 3, .describeLogDirs: 4, .createDelegationToken: 3,
                .describeDelegationToken: 3, .updateFeatures: 1, .describeQuorum: 1, .unregisterBroker: 0,
            ]),
        KafkaRelease("3.4", [:]),
        KafkaRelease(
            "3.5",
            [
                .fetch: 15, .listOffsets: 8,
            ]),
        KafkaRelease(
            "3.6",
            [
                .addPartitionsToTxn: 4
            ]),
        KafkaRelease(
            "3.7",
            [
                .produce: 10, .fetch: 16, .offsetCommit: 9, .offsetFetch: 9, .describeCluster: 1,
                .consumerGroupHeartbeat: 0, .getTelemetrySubscriptions: 0, .pushTelemetry: 0, .listConfigResources: 0,
            ]),
        KafkaRelease(
            "3.8",
            [
                .produce: 11, .findCoordinator: 5, .listGroups: 5, .initProducerID: 5, .addPartitionsToTxn: 5,
                .addOffsetsToTxn: 4, .endTxn: 4, .txnOffsetCommit: 4, .listTransactions: 1,
                .consumerGroupDescribe: 0, .describeTopicPartitions: 0,
            ]),
        KafkaRelease(
            "3.9",
            [
                .fetch: 17, .listOffsets: 9, .findCoordinator: 6, .apiVersions: 4, .describeQuorum: 2,
                .addRaftVoter: 0, .removeRaftVoter: 0,
            ]),
        KafkaRelease(
            "4.0",
            [
                .produce: 12, .listOffsets: 10, .metadata: 13, .describeGroups: 6, .endTxn: 5,
                .txnOffsetCommit: 5, .updateFeatures: 2, .describeCluster: 2, .consumerGroupHeartbeat: 1,
                .consumerGroupDescribe: 1,
            ]),
        KafkaRelease(
            "4.1",
            [
                .produce: 13, .fetch: 18, .alterPartitionReassignments: 1, .listTransactions: 2,
                .listConfigResources: 1, .shareGroupHeartbeat: 1, .shareGroupDescribe: 1, .shareFetch: 1,
                .shareAcknowledge: 1, .describeShareGroupOffsets: 0, .alterShareGroupOffsets: 0,
                .deleteShareGroupOffsets: 0, .initializeShareGroupState: 0, .readShareGroupState: 0,
                .writeShareGroupState: 0, .deleteShareGroupState: 0, .readShareGroupStateSummary: 0,
            ]),
        KafkaRelease(
            "4.2",
            [
                .listOffsets: 11, .offsetCommit: 10, .offsetFetch: 10, .shareFetch: 2, .shareAcknowledge: 2,
                .addRaftVoter: 1, .streamsGroupHeartbeat: 0, .streamsGroupDescribe: 0,
                .describeShareGroupOffsets: 1, .writeTxnMarkers: 2, .writeShareGroupState: 1,
                .readShareGroupStateSummary: 1,
            ]),
        KafkaRelease(
            "4.3",
            [
                .describeLogDirs: 5
            ]),
    ]
}
