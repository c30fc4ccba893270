@testable import BrokerConsensus

/// A promise that was broken.
struct Violation: Error, CustomStringConvertible {
    let name: String
    let detail: String

    var description: String { "\(name): \(detail)" }
}

/// Everything that must hold of a cluster, looked at after every event. What it remembers outlives crashes.
struct Invariants {
    var singleLeader = SingleLeader()
    var singleVote = SingleVote()
    var electionStateOnlyGrows = ElectionStateOnlyGrows()
    var monotonicEpoch = MonotonicEpoch()
    var epochsBeginWithPreVote: EpochsBeginWithPreVote
    var monotonicHighWatermark = MonotonicHighWatermark()
    var majorityReachedHighWatermark: MajorityReachedHighWatermark
    var snapshotAtLogStart = SnapshotAtLogStart()
    var leaderNeverLoadsSnapshot = LeaderNeverLoadsSnapshot()
    var acknowledgesOnlyDurable = AcknowledgesOnlyDurable()
    var leaderCommitsItsOwnEpoch = LeaderCommitsItsOwnEpoch()
    var logMatching = LogMatching()
    var shapeIsOfLog = ShapeIsOfLog()
    var committed = ConsistentCommittedData()
    var leaderCompleteness = LeaderCompleteness()

    init(voters: VoterSet) {
        majorityReachedHighWatermark = MajorityReachedHighWatermark(voters: voters)
        epochsBeginWithPreVote = EpochsBeginWithPreVote(voters: voters)
    }

    func require(_ holds: Bool, _ detail: @autoclosure () -> String) throws {
        if !holds { throw Violation(name: "Driver", detail: detail()) }
    }

    mutating func restarted(_ cluster: Cluster, _ id: Int32) {
        monotonicEpoch.restarted(id)
        monotonicHighWatermark.restarted(id)
    }

    /// After every step, before its effects: what was decided, even if a crash comes before the rest.
    mutating func decided(_ cluster: Cluster, _ id: Int32) throws {
        guard let replica = cluster[id].replica else { return }
        try singleLeader.check(id, replica)
        try epochsBeginWithPreVote.check(id, replica)
    }

    /// After the effects of every step, of the node that took it.
    mutating func check(_ cluster: Cluster, _ id: Int32) throws {
        guard let replica = cluster[id].replica else { return }
        try monotonicEpoch.check(id, replica)
        try monotonicHighWatermark.check(id, replica)
        try shapeIsOfLog.check(cluster[id], replica)
        try snapshotAtLogStart.check(id, replica)
        try majorityReachedHighWatermark.check(cluster, committed)
        try leaderCompleteness.check(cluster[id], replica, committed)
    }

    /// Before every effect.
    mutating func check(_ cluster: Cluster, _ id: Int32, before effect: Effect) throws {
        switch effect {
        case .reply(let token, let reply):
            guard case .vote(let vote) = reply, vote.isGranted, let asker = cluster[id].askers[token.value] else {
                break
            }
            let epoch = vote.header.leaderEpoch
            if asker.isPreVote {
                epochsBeginWithPreVote.granted(by: id, to: asker.node, epoch: epoch)
            } else {
                try singleVote.granted(by: cluster[id], to: asker.node, epoch: epoch)
            }
        case .send(_, _, _, .vote(let request)) where !request.isPreVote:
            try singleVote.campaigns(cluster[id], epoch: request.epoch)
        case .send(_, _, _, .fetch(let request)) where cluster.voters.contains(request.replica):
            try acknowledgesOnlyDurable.check(cluster[id], request)
        case .persistElectionState(let state): try electionStateOnlyGrows.check(cluster[id], writes: state)
        case .loadSnapshot:
            if let replica = cluster[id].replica { try leaderNeverLoadsSnapshot.check(id, replica) }
        case .highWatermarkAdvanced(let offset):
            guard let replica = cluster[id].replica else { break }
            try leaderCommitsItsOwnEpoch.check(cluster[id], replica, advancesTo: offset)
        case .leadershipEstablished(_, let startOffset):
            try leaderCommitsItsOwnEpoch.check(cluster[id], establishedAt: startOffset)
        default: break
        }
    }

    mutating func appended(_ cluster: Cluster, _ id: Int32, _ entry: Entry) throws {
        let log = cluster[id].disk.log
        try logMatching.appended(
            entry, at: log.end,
            after: log[log.end - 1]?.epoch ?? log.shape(snapshots: cluster[id].disk.snapshots).lastEpoch)
    }

    mutating func applied(_ id: Int32, _ entry: Entry, at offset: Int64, digest: UInt64) throws {
        try committed.applied(id, entry, at: offset, digest: digest)
    }
}
