public import BrokerModel
public import BrokerPrimitives
internal import BrokerWire

/// A broker of the cluster.
public struct BrokerNode: Hashable, Sendable {
    public var id: NodeID
    public var address: BrokerAddress
    public var rack: String?
}

/// A topic and its partitions, as a broker last told them.
public struct TopicMetadata: Hashable, Sendable {
    public var name: String
    /// All zero if the broker does not tell topic ids.
    public var id: TopicID
    public var isInternal: Bool
    /// In the order of their numbers.
    public let partitions: [PartitionMetadata]
    /// The partitions that have a leader.
    public let available: [PartitionIndex]

    init(name: String, id: TopicID, isInternal: Bool, partitions: [PartitionMetadata]) {
        self.name = name
        self.id = id
        self.isInternal = isInternal
        self.partitions = partitions
        available = partitions.filter { $0.leader != nil }.map(\.index)
    }

    /// The partition of that number.
    public subscript(partition: PartitionIndex) -> PartitionMetadata? {
        // Numbers have no holes, so the place is nearly always the number.
        if let index = Int(exactly: partition), partitions.indices.contains(index), partitions[index].index == partition
        {
            return partitions[index]
        }
        return partitions.first { $0.index == partition }
    }
}

/// A partition's replicas.
public struct PartitionMetadata: Hashable, Sendable {
    public var index: PartitionIndex
    /// Nil while there is none.
    public var leader: NodeID?
    /// −1 if the broker does not tell it.
    public var leaderEpoch: LeaderEpoch
    /// The brokers that keep the partition, the preferred leader first.
    public var replicas: [NodeID]
    /// Those of the replicas that have everything the leader counts as written.
    public var inSyncReplicas: [NodeID]
    /// Those of the replicas whose brokers or disks cannot be reached.
    public var offlineReplicas: [NodeID]
}

/// What the client knows about the cluster: brokers, and the topics it has asked for.
public struct ClusterMetadata: Sendable, Hashable {
    public internal(set) var clusterID: String?
    public internal(set) var controller: NodeID?
    public internal(set) var brokers: [NodeID: BrokerNode] = [:]
    public internal(set) var topics: [String: TopicMetadata] = [:]
    /// Why a topic that was asked for is not in `topics`.
    var errors: [String: ErrorCode] = [:]

    /// Takes in an answer. Topics it does not name are kept.
    mutating func update(with response: MetadataResponse) {
        clusterID = response.clusterID ?? clusterID
        controller = response.controllerID >= 0 ? response.controllerID : nil
        // An answer without brokers comes from one that is starting; forgetting the others would not help.
        if !response.brokers.isEmpty {
            brokers = [:]
            for broker in response.brokers {
                brokers[broker.nodeID] = BrokerNode(
                    id: broker.nodeID, address: BrokerAddress(host: broker.host, port: Int(broker.port)),
                    rack: broker.rack)
            }
        }
        for topic in response.topics {
            guard let name = topic.name else { continue }
            guard topic.errorCode == .none else {
                topics[name] = nil
                errors[name] = topic.errorCode
                continue
            }
            errors[name] = nil
            topics[name] = merged(topic, name: name)
        }
    }

    /// An answer from a broker that lags behind may know an older leader; the higher epoch stays.
    private func merged(_ topic: MetadataResponse.MetadataResponseTopic, name: String) -> TopicMetadata {
        let known = topics[name].flatMap { $0.id == topic.topicID ? $0 : nil }
        let partitions = topic.partitions.map { partition in
            let new = PartitionMetadata(
                index: partition.partitionIndex, leader: partition.leaderID >= 0 ? partition.leaderID : nil,
                leaderEpoch: partition.leaderEpoch, replicas: partition.replicaNodes,
                inSyncReplicas: partition.isrNodes, offlineReplicas: partition.offlineReplicas)
            guard let old = known?[partition.partitionIndex], old.leaderEpoch > new.leaderEpoch, new.leaderEpoch >= 0
            else { return new }
            return old
        }
        return TopicMetadata(
            name: name, id: topic.topicID, isInternal: topic.isInternal,
            partitions: partitions.sorted { $0.index < $1.index })
    }
}
