/// Leads its epoch: takes proposals, serves fetches, moves the high watermark.
struct Leader: Hashable, Sendable {
    let epoch: Int32
    /// The offset of the LeaderChange record the epoch began with.
    let epochStartOffset: Int64
    /// Whether that record is committed.
    var isEstablished = false
    /// The other voters, ascending by id.
    var followers: [ReplicaProgress]
    var observers: [ReplicaProgress] = []
    /// In the order in which they came.
    var parkedFetches: [ParkedFetch] = []
    /// Voters heard from since `checkQuorumDeadline` was last moved.
    private var heardFrom: [Int32] = []
    /// When to resign for want of a majority; nil for a sole voter.
    private(set) var checkQuorumDeadline: Int64?

    init(
        epoch: Int32, epochStartOffset: Int64, voters: VoterSet, local: Int32, now: Int64,
        configuration: RaftConfiguration
    ) {
        self.epoch = epoch
        self.epochStartOffset = epochStartOffset
        followers = voters.voters.filter { $0.key.id != local }.map { ReplicaProgress(key: $0.key, announceAt: now) }
        checkQuorumDeadline = followers.isEmpty ? nil : now + configuration.checkQuorumTimeoutMilliseconds
    }

    /// The largest offset that a majority of the voters has durably, the leader itself up to `ownDurableOffset`.
    func majorityOffset(ownDurableOffset: Int64) -> Int64 {
        let ends = ([ownDurableOffset] + followers.map(\.endOffset)).sorted(by: >)
        return ends[ends.count / 2]
    }

    /// Notes that a voter is there; a majority of such notes moves the deadline of the check-quorum rule.
    mutating func hear(from voter: Int32, now: Int64, configuration: RaftConfiguration) {
        guard let index = followers.firstIndex(where: { $0.key.id == voter }) else { return }
        followers[index].announceAt = now + configuration.beginQuorumEpochIntervalMilliseconds
        if !heardFrom.contains(voter) { heardFrom.append(voter) }
        let majorityWithoutLeader = (followers.count + 1) / 2
        if heardFrom.count >= majorityWithoutLeader {
            heardFrom = []
            checkQuorumDeadline = now + configuration.checkQuorumTimeoutMilliseconds
        }
    }

    /// The other voters, the one with the longest log first; equals by id.
    var followersByDescendingEnd: [ReplicaKey] {
        followers.sorted { ($1.endOffset, $0.key.id) < ($0.endOffset, $1.key.id) }.map(\.key)
    }

    var nextDeadline: Int64? {
        var deadline = checkQuorumDeadline
        for follower in followers { deadline = min(deadline ?? .max, follower.announceAt) }
        for fetch in parkedFetches { deadline = min(deadline ?? .max, fetch.deadline) }
        return deadline
    }
}

/// A fetch that waits for something to bring.
struct ParkedFetch: Hashable, Sendable {
    let token: RequestToken
    let replica: ReplicaKey
    let offset: Int64
    let maxBytes: Int32
    /// The high watermark the replica knows, or the leader's when the fetch came if the replica does not tell.
    let highWatermark: Int64
    let deadline: Int64
}
