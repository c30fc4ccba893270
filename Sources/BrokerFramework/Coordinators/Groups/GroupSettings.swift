/// What the configuration says about groups. Times are in milliseconds.
package struct GroupSettings: Hashable, Sendable {
    /// `group.initial.rebalance.delay.ms`
    package var initialRebalanceDelay: Int64 = 3_000
    /// `group.min.session.timeout.ms` and `group.max.session.timeout.ms`
    package var sessionTimeouts: ClosedRange<Int32> = 6_000...1_800_000
    /// `group.max.size`
    package var maximumSize = Int(Int32.max)
    /// `offset.metadata.max.bytes`
    package var maximumOffsetMetadataByteCount = 4_096
    /// `offsets.retention.minutes`
    package var offsetsRetention: Int64 = 7 * 24 * 3_600_000
    /// `offsets.retention.check.interval.ms`
    package var retentionCheckInterval: Int64 = 600_000

    /// How long a member that has not been told its id may wait in a rebalance before it is thought to be gone.
    package static let newMemberJoinTimeout: Int64 = 300_000
    /// How often, at most, a rebalance looks again whether the static members it waits for have come or gone. Clients
    /// choose how long a rebalance takes, and may choose 0.
    package static let shortestWaitForStaticMembers: Int64 = 1_000
    /// How many ids may be given out in one group to members that have not come back with them.
    package static let maximumPendingMembers = 10_000
    /// The most bytes of member metadata in one group. Kafka has no such limit, and so no defence.
    package static let maximumMetadataByteCount = 64 << 20

    package init() {}
}
