import BrokerCommitLog
import BrokerCoordinators
import BrokerMetadata
import BrokerMetrics
import BrokerModel
import BrokerNetwork
import BrokerPluginAPI
import BrokerWorld
import NIOCore

/// Takes the metrics out of the parts of a running broker, when somebody scrapes.
struct BrokerCollectors: Sendable {
    let cluster: ClusterInfo
    let config: BrokerConfig
    let metadata: MetadataView
    let partitions: PartitionTable
    let controller: ControllerDriver
    let metadataLog: PartitionLog
    let network: NetworkServer
    let requests: [RequestMetrics]
    let sessions: FetchSessions
    let parked: ParkedFetches
    let flusher: Flusher
    let storages: TopicStorages
    let groups: GroupCoordinator
    let containment: PluginContainment

    func register(in registry: MetricsRegistry) {
        registry.add { page in collectTraffic(into: &page) }
        registry.add { page in for api in requests { api.collect(into: &page) } }
        registry.add { page in collectCluster(into: &page) }
        registry.add { page in collectLogs(into: &page) }
        registry.add { page in collectGroups(into: &page) }
        registry.add { page in collectPlugins(into: &page) }
        registry.add { page in
            page.add(.brokerInfo, of: [cluster.clusterID, "\(cluster.nodeID)"], 1)
            page.add(.fetchSessions, sessions.count)
            page.add(.parkedFetches, of: ["Fetch"], parked.count)
            page.add(.connectionCount, network.connectionCount)
            page.add(.connectionsMade, network.acceptedCount)
        }
    }

    // MARK: Plug-ins

    private func collectPlugins(into page: inout MetricsPage) {
        for monitor in containment.monitors {
            let counts = monitor.counts
            let labels = [monitor.kind.rawValue, monitor.name]
            page.add(.pluginCalls, of: labels, counts.calls)
            page.add(.pluginErrors, of: labels, counts.errors)
            page.add(.pluginFallbacks, of: labels, counts.fallbacks)
            page.add(.pluginSeconds, of: labels, Double(counts.nanoseconds) / 1e9)
        }
    }

    // MARK: Traffic

    private func collectTraffic(into page: inout MetricsPage) {
        let (all, departed) = partitions.traffic
        var total = departed
        var topics: [String: Traffic] = [:]
        for partition in all {
            let traffic = partition.traffic
            total += traffic
            topics[partition.topic.topic, default: Traffic()] += traffic
        }
        Self.add(total, [], to: &page)
        let limit = config.int("metrics.max.topics")
        let told = topics.sorted { $0.key < $1.key }.prefix(limit)
        for (topic, traffic) in told { Self.add(traffic, [topic], to: &page) }
        page.add(.omittedSeries, of: ["topics"], topics.count - told.count)
    }

    private static func add(_ traffic: Traffic, _ labels: [String], to page: inout MetricsPage) {
        page.add(.messagesIn, of: labels, traffic.messagesIn)
        page.add(.bytesIn, of: labels, traffic.bytesIn)
        page.add(.bytesOut, of: labels, traffic.bytesOut)
        page.add(.totalProduceRequests, of: labels, traffic.produceRequests)
        page.add(.failedProduceRequests, of: labels, traffic.failedProduceRequests)
        page.add(.totalFetchRequests, of: labels, traffic.fetchRequests)
        page.add(.failedFetchRequests, of: labels, traffic.failedFetchRequests)
        page.add(.misplacedRecords, of: labels, traffic.misplacedRecords)
    }

    // MARK: The cluster

    /// What is counted over all partitions of the metadata.
    private struct Tally {
        var replicas = 0
        var led = 0
        var underReplicated = 0
        var underMinISR = 0
        var offline = 0
        var imbalanced = 0
    }

    private func collectCluster(into page: inout MetricsPage) {
        let image = metadata.image
        let tally = tally(image)
        page.add(.partitionCount, tally.replicas)
        page.add(.leaderCount, tally.led)
        page.add(.underReplicatedPartitions, tally.underReplicated)
        page.add(.underMinISRPartitions, tally.underMinISR)
        let isActive = controller.standing == .active
        page.add(.activeControllers, isActive ? 1 : 0)
        page.add(.globalTopicCount, image.topics.count)
        page.add(.globalPartitionCount, image.topics.partitionCount)
        page.add(.offlinePartitions, tally.offline)
        page.add(.preferredReplicaImbalance, tally.imbalanced)
        let live = image.liveBrokers.count
        page.add(.activeBrokers, live)
        page.add(.fencedBrokers, image.brokers.count - live)
        page.add(.lastAppliedOffset, image.offset)
        // With one voter the leader is this node or nobody.
        page.add(.raftLeader, isActive ? Int64(config.nodeID) : -1)
        page.add(.raftEpoch, metadataLog.latestEpoch ?? image.epoch)
        page.add(.raftHighWatermark, image.offset + 1)
        page.add(.raftLogEndOffset, metadataLog.logEndOffset)
    }

    private func tally(_ image: MetadataImage) -> Tally {
        var tally = Tally()
        let node = config.nodeID
        let standard = TopicConfig(topic: "", image: image, config: config).minInSyncReplicas
        for topic in image.topics.all {
            let own = image.config(of: ConfigResource(.topic, topic.name))["min.insync.replicas"]
            let minimum = own.flatMap { Int($0) } ?? standard
            for partition in topic.partitions {
                if partition.replicas.contains(node) { tally.replicas += 1 }
                if partition.leader == -1 { tally.offline += 1 }
                if partition.leader != partition.replicas.first { tally.imbalanced += 1 }
                guard partition.leader == node else { continue }
                tally.led += 1
                if partition.isr.count < partition.replicas.count { tally.underReplicated += 1 }
                if partition.isr.count < minimum { tally.underMinISR += 1 }
            }
        }
        return tally
    }

    // MARK: Groups

    private func collectGroups(into page: inout MetricsPage) {
        page.add(.coordinatorsLoading, groups.loadingCount)
        page.add(.coordinatorsFailed, groups.failedCount)
        // Half a census would look as if groups had gone.
        guard let censuses = try? groups.askAll({ shard, _ in shard.census }) else { return }
        let census = censuses.reduce(GroupCensus(), +)
        page.add(.groupCount, census.groups.values.reduce(0, +))
        for (metric, state) in [
            (Metric.groupsPreparing, ClassicGroup.State.preparingRebalance),
            (.groupsCompleting, .completingRebalance), (.groupsStable, .stable), (.groupsEmpty, .empty),
        ] { page.add(metric, census.groups[state] ?? 0) }
        page.add(.groupOffsets, census.offsetCount)
        page.add(.groupRebalances, census.rebalanceCount)
    }

    // MARK: Logs

    private func collectLogs(into page: inout MetricsPage) {
        // Whoever asks must not wait for a storage that does not answer.
        let known = partitions.all
        let silent = storages.silent
        let all = known.filter { partition in !silent.contains { $0 === partition.logs } }
        let limit = config.int("metrics.max.partitions")
        let told = limit == 0 ? [] : all.sorted { $0.topic < $1.topic }.prefix(limit)
        for partition in told {
            let labels = [partition.topic.topic, "\(partition.topic.partition)"]
            page.add(.logSize, of: labels, partition.log.byteCount)
            page.add(.logStartOffset, of: labels, partition.log.logStartOffset)
            page.add(.logEndOffset, of: labels, partition.log.logEndOffset)
        }
        page.add(.omittedSeries, of: ["partitions"], known.count - told.count)
        page.add(.offlineLogs, all.count { Self.isOffline($0.log) } + storages.lostPartitionCount)
        page.add(.logFlushTime, flusher.durations.snapshot)
        if let space = try? storages.main.space() {
            page.add(.directoryBytes, space.usable)
            page.add(.directoryTotalBytes, space.total)
        }
    }

    private static func isOffline(_ log: PartitionLog) -> Bool {
        if case .offline? = log.failure { return true }
        return false
    }
}

extension Operations {
    /// The metrics that are there before any other part of the broker: its state, its recovery, its process.
    func registerOwnMetrics() {
        metrics.add { [progress, world] page in
            let now = progress.snapshot
            page.add(.brokerState, now.phase.kafkaState)
            page.add(.remainingLogs, now.partitionCount - now.recoveredCount)
            page.add(.recoveredBytes, now.recoveredByteCount)
            page.add(.buildInfo, of: [BrokerRelease.version, BrokerRelease.kafkaVersion], 1)
            let usage = ProcessUsage.current
            page.add(.residentMemory, usage.residentByteCount)
            page.add(.virtualMemory, usage.virtualByteCount)
            page.add(.cpuSeconds, usage.cpuSeconds)
            page.add(.openDescriptors, usage.openDescriptorCount)
            page.add(.maximumDescriptors, usage.maximumDescriptorCount)
            page.add(.threadCount, usage.threadCount)
            page.add(.startTime, Double(world.wallMilliseconds()) / 1000 - usage.ageSeconds)
        }
    }
}

extension StartProgress.Phase {
    /// The number that Kafka gives the state.
    fileprivate var kafkaState: Int {
        switch self {
        case .opening, .joining: 1
        case .recovering: 2
        case .started: 3
        case .stopping: 6
        }
    }
}
