/// The quorum as a replica sees it: what DescribeQuorum tells. Progress is known to the leader only.
package struct QuorumDescription: Hashable, Sendable {
    package struct Replica: Hashable, Sendable {
        package let key: ReplicaKey
        /// -1 if not known.
        package let logEndOffset: Int64
        /// Monotonic milliseconds, nil if never.
        package let lastFetchAt: Int64?
        package let lastCaughtUpAt: Int64?
    }

    package let role: RoleKind
    package let leader: LeaderAndEpoch
    /// -1 while the leader does not know it for its epoch.
    package let highWatermark: Int64
    /// Ascending by id.
    package let voters: [Replica]
    package let observers: [Replica]
}

extension RaftReplica {
    /// How the quorum stands at `now`.
    package func description(now: Int64) -> QuorumDescription {
        let leader = LeaderAndEpoch(epoch: epoch, leaderID: knownLeader?.id)
        guard case .leader(let state) = role else {
            return QuorumDescription(
                role: role.kind, leader: leader, highWatermark: highWatermark,
                voters: voters.voters.map {
                    .init(key: $0.key, logEndOffset: -1, lastFetchAt: nil, lastCaughtUpAt: nil)
                }, observers: [])
        }
        let own = QuorumDescription.Replica(
            key: local, logEndOffset: log.endOffset, lastFetchAt: now, lastCaughtUpAt: now)
        return QuorumDescription(
            role: role.kind, leader: leader, highWatermark: state.isEstablished ? highWatermark : -1,
            voters: (state.followers.map(Self.description(of:)) + [own]).sorted { $0.key < $1.key },
            observers: state.observers.map(Self.description(of:)).sorted { $0.key < $1.key })
    }

    private static func description(of progress: ReplicaProgress) -> QuorumDescription.Replica {
        .init(
            key: progress.key, logEndOffset: progress.endOffset, lastFetchAt: progress.lastFetchAt,
            lastCaughtUpAt: progress.lastCaughtUpAt)
    }
}
