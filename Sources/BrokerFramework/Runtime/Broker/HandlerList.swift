import BrokerWire
import BrokerMetadata
import BrokerWorld

/// Everything that is served: the one list of all handlers.
struct HandlerList {
    let cluster: ClusterInfo
    let config: BrokerConfig
    let metadata: MetadataView
    let endpoints: Endpoints
    let controller: ControllerDriver
    let gate: TopicGate
    let partitions: PartitionTable
    let storages: TopicStorages
    let sessions: FetchSessions
    let parked: ParkedFetches
    let producerIDs: ProducerIDs
    let flusher: Flusher
    let workers: Workers
    let kraftVersion: Int16
    let timers: Timers
    let versions: @Sendable (APIKey, ClosedRange<Int16>) -> ClosedRange<Int16>?
    let groups: GroupCoordinator
    let groupsTopic: CoordinatorTopic
    let world: World
    let checkpoint: @Sendable (LogManager) throws -> Void

    func table() -> Dispatcher.HandlerTable {
        var table = Dispatcher.HandlerTable(now: world.monotonicNanoseconds, limit: versions)
        table.add(
            ProduceHandler(partitions: partitions, metadata: metadata, endpoints: endpoints, flusher: flusher))
        table.add(
            FetchHandler(
                partitions: partitions, sessions: sessions, parked: parked, metadata: metadata, endpoints: endpoints,
                maxResponseByteCount: config.int("fetch.max.bytes"), timers: timers))
        table.add(ListOffsetsHandler(partitions: partitions))
        table.add(
            MetadataHandler(
                cluster: cluster, metadata: metadata, endpoints: endpoints, gate: gate,
                createsTopics: config.flag("auto.create.topics.enable")))
        addGroups(to: &table)
        table.add(CreateTopicsHandler(gate: gate))
        table.add(DeleteTopicsHandler(controller: controller, metadata: metadata))
        table.add(DeleteRecordsHandler(partitions: partitions, workers: workers, checkpoint: checkpoint))
        table.add(InitProducerIdHandler(producerIDs: producerIDs))
        table.add(OffsetForLeaderEpochHandler(partitions: partitions))
        table.add(DescribeConfigsHandler(metadata: metadata, config: config))
        table.add(ConfigAlterationHandler<AlterConfigsRequest>(gate: gate))
        table.add(CreatePartitionsHandler(gate: gate))
        table.add(ConfigAlterationHandler<IncrementalAlterConfigsRequest>(gate: gate))
        table.add(ListConfigResourcesHandler(metadata: metadata))
        addAdministration(to: &table)
        table.add(DescribeClientQuotasHandler(metadata: metadata))
        table.add(AlterClientQuotasHandler(controller: controller))
        table.add(DescribeClusterHandler(cluster: cluster, metadata: metadata, endpoints: endpoints))
        table.add(
            DescribeTopicPartitionsHandler(
                metadata: metadata, partitionLimit: config.int("max.request.partition.size.limit")))
        var served = table.served
        served[.apiVersions] = versions(.apiVersions, ApiVersionsHandler.versions)
        table.add(ApiVersionsHandler(metadata: metadata, kraftVersion: kraftVersion, served: served))
        return table
    }

    private func addGroups(to table: inout Dispatcher.HandlerTable) {
        table.add(OffsetCommitHandler(groups: groups, metadata: metadata))
        table.add(OffsetFetchHandler(groups: groups, metadata: metadata))
        table.add(
            FindCoordinatorHandler(topic: groupsTopic, groups: groups, metadata: metadata, endpoints: endpoints))
        table.add(JoinGroupHandler(groups: groups, world: world))
        table.add(HeartbeatHandler(groups: groups))
        table.add(LeaveGroupHandler(groups: groups))
        table.add(SyncGroupHandler(groups: groups))
        table.add(DescribeGroupsHandler(groups: groups))
        table.add(ListGroupsHandler(groups: groups))
        table.add(DeleteGroupsHandler(groups: groups))
        table.add(OffsetDeleteHandler(groups: groups, metadata: metadata))
    }

    /// What operators ask for beside topics and configs.
    private func addAdministration(to table: inout Dispatcher.HandlerTable) {
        table.add(DescribeAclsHandler())
        table.add(CreateAclsHandler())
        table.add(DeleteAclsHandler())
        table.add(AlterReplicaLogDirsHandler(cluster: cluster, metadata: metadata, storages: storages))
        table.add(
            DescribeLogDirsHandler(cluster: cluster, metadata: metadata, storages: storages, workers: workers))
        table.add(ElectLeadersHandler(controller: controller))
        table.add(AlterPartitionReassignmentsHandler(controller: controller))
        table.add(ListPartitionReassignmentsHandler(metadata: metadata))
        table.add(DescribeUserScramCredentialsHandler(metadata: metadata))
        table.add(DescribeQuorumHandler(controller: controller))
        table.add(UpdateFeaturesHandler(controller: controller, kraftVersion: kraftVersion))
        table.add(DescribeProducersHandler(partitions: partitions))
        table.add(UnregisterBrokerHandler(controller: controller))
    }
}
