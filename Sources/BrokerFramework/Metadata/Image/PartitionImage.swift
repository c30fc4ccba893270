public import BrokerModel
public import BrokerPrimitives
package import BrokerWire

/// What the cluster's metadata says of one partition.
public struct PartitionImage: Hashable, Sendable {
    public var replicas: [NodeID]
    /// The in-sync replicas.
    public var isr: [NodeID]
    public var removingReplicas: [NodeID]
    public var addingReplicas: [NodeID]
    /// −1 for none.
    public var leader: NodeID
    /// 1 while the leader recovers from an unclean election.
    public var leaderRecoveryState: Int8
    public var leaderEpoch: LeaderEpoch
    public var partitionEpoch: Int32
    /// The log directory of each replica, in the order of `replicas`; empty if none was told.
    public var directories: [KafkaUUID]
    public var eligibleLeaderReplicas: [NodeID]
    public var lastKnownEligibleLeaderReplicas: [NodeID]

    /// A new partition, led by its first replica, with all replicas in sync.
    public init(replicas: [NodeID], leader: NodeID, directories: [KafkaUUID]) {
        self.replicas = replicas
        isr = replicas
        removingReplicas = []
        addingReplicas = []
        self.leader = leader
        leaderRecoveryState = 0
        leaderEpoch = 0
        partitionEpoch = 0
        self.directories = directories
        eligibleLeaderReplicas = []
        lastKnownEligibleLeaderReplicas = []
    }

    init(_ record: PartitionRecord) {
        replicas = record.replicas
        // Nearly always the same list; one copy in memory then.
        isr = record.isr == record.replicas ? replicas : record.isr
        removingReplicas = record.removingReplicas
        addingReplicas = record.addingReplicas
        leader = record.leader
        leaderRecoveryState = record.leaderRecoveryState
        leaderEpoch = record.leaderEpoch
        partitionEpoch = record.partitionEpoch
        directories = record.directories
        eligibleLeaderReplicas = record.eligibleLeaderReplicas ?? []
        lastKnownEligibleLeaderReplicas = record.lastKnownElr ?? []
    }

    /// What `change` makes of the partition. Any change raises the partition epoch; another leader raises the
    /// leader epoch.
    mutating func apply(_ change: PartitionChangeRecord) {
        if let isr = change.isr { self.isr = isr }
        if change.leader != Self.noLeaderChange {
            leader = change.leader
            leaderEpoch += 1
        }
        if let replicas = change.replicas { self.replicas = replicas }
        if let removing = change.removingReplicas { removingReplicas = removing }
        if let adding = change.addingReplicas { addingReplicas = adding }
        if change.leaderRecoveryState != -1 { leaderRecoveryState = change.leaderRecoveryState }
        if let directories = change.directories { self.directories = directories }
        if let eligible = change.eligibleLeaderReplicas { eligibleLeaderReplicas = eligible }
        if let last = change.lastKnownElr { lastKnownEligibleLeaderReplicas = last }
        partitionEpoch += 1
    }

    var hasEligibleLeaders: Bool { !eligibleLeaderReplicas.isEmpty || !lastKnownEligibleLeaderReplicas.isEmpty }

    mutating func clearEligibleLeaders() {
        eligibleLeaderReplicas = []
        lastKnownEligibleLeaderReplicas = []
        partitionEpoch += 1
    }

    /// The leader field's value in a change that leaves the leader as it is.
    static let noLeaderChange: NodeID = -2

    package func record(topicID: TopicID, partition: PartitionIndex) -> PartitionRecord {
        var record = PartitionRecord()
        record.partitionID = partition
        record.topicID = topicID
        record.replicas = replicas
        record.isr = isr
        record.removingReplicas = removingReplicas
        record.addingReplicas = addingReplicas
        record.leader = leader
        record.leaderRecoveryState = leaderRecoveryState
        record.leaderEpoch = leaderEpoch
        record.partitionEpoch = partitionEpoch
        record.directories = directories
        record.eligibleLeaderReplicas = eligibleLeaderReplicas.isEmpty ? nil : eligibleLeaderReplicas
        record.lastKnownElr = lastKnownEligibleLeaderReplicas.isEmpty ? nil : lastKnownEligibleLeaderReplicas
        return record
    }
}
