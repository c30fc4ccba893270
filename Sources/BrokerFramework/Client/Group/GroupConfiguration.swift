public import BrokerModel

/// How a consumer takes part in a group. Durations are in milliseconds.
public struct GroupConfiguration: Sendable {
    /// The group's name; what its members have read is remembered under it.
    public var groupID: String
    /// Makes the member a static one (KIP-345): it may be gone for as long as the session timeout, for a restart, and
    /// comes back to its partitions without a rebalance. Every process needs another one. Nil for a dynamic member.
    public var groupInstanceID: String?
    /// How partitions are shared out, the most wanted way first; the group takes one that all members list. These two
    /// are what Kafka's own clients list.
    public var assignors: [any PartitionAssignor] = [RangeAssignor(), CooperativeStickyAssignor()]
    /// How long the group waits for a sign of life before it gives the member's partitions to others. The broker sets
    /// bounds: 6 seconds to 30 minutes, unless it is configured otherwise.
    public var sessionTimeoutMilliseconds: Int64 = 45_000
    /// The time between signs of life; no more than a third of the session timeout.
    public var heartbeatIntervalMilliseconds: Int64 = 3_000
    /// The longest an application may take between polls before its partitions go to others.
    public var maximumPollIntervalMilliseconds: Int64 = 300_000
    /// How often what was given out is committed, beside before a rebalance and at the end; nil to commit only when
    /// told.
    public var autoCommitIntervalMilliseconds: Int64? = 5_000
    /// Where the consumer runs, for assignors that care.
    public var rack: String?

    public init(groupID: String) { self.groupID = groupID }

    /// What makes no sense, in words; nil if nothing.
    var problem: String? {
        if groupID.isEmpty { return "the group id is empty" }
        if assignors.isEmpty { return "the group has no assignor" }
        if Set(assignors.map(\.name)).count < assignors.count { return "two assignors have the same name" }
        if heartbeatIntervalMilliseconds < 1 || heartbeatIntervalMilliseconds >= sessionTimeoutMilliseconds {
            return "the heartbeat interval is not between 0 and the session timeout"
        }
        if maximumPollIntervalMilliseconds < 1 { return "the longest time between polls is not more than 0" }
        if autoCommitIntervalMilliseconds ?? 1 < 1 { return "the interval of commits is not more than 0" }
        return nil
    }
}

/// What a rebalance does to a consumer.
public enum Rebalance: Sendable, Hashable {
    /// The consumer gets these beside what it has, and reads on where the group left them. None if the rebalance
    /// brought nothing new.
    case assigned([TopicPartition])
    /// The consumer gives these up, and may still commit what it has read of them.
    case revoked([TopicPartition])
    /// These are gone without asking: the group went on without the consumer, and others may have them already.
    case lost([TopicPartition])
}

/// A place in a partition that a group has committed: everything before it is done.
public struct CommittedOffset: Sendable, Hashable {
    /// The next record to read.
    public var offset: Offset
    /// −1 if unknown.
    public var leaderEpoch: LeaderEpoch
    /// Whatever the application wants to keep beside it, up to the broker's offset.metadata.max.bytes.
    public var metadata: String

    public init(_ offset: Offset, leaderEpoch: LeaderEpoch = -1, metadata: String = "") {
        self.offset = offset
        self.leaderEpoch = leaderEpoch
        self.metadata = metadata
    }
}
