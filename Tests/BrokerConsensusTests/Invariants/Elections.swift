@testable import BrokerConsensus

/// At most one replica leads an epoch, ever (Raft, Election Safety).
struct SingleLeader {
    private var leaders: [Int32: Int32] = [:]

    mutating func check(_ id: Int32, _ replica: RaftReplica) throws {
        guard replica.role.kind == .leader else { return }
        let leader = leaders[replica.epoch, default: id]
        guard leader == id else {
            throw Violation(name: "SingleLeader", detail: "\(leader) and \(id) lead epoch \(replica.epoch)")
        }
        leaders[replica.epoch] = id
    }
}

/// A voter votes for one candidate in an epoch, also across crashes, and its vote is durable before it is told.
struct SingleVote {
    private struct Ballot: Hashable {
        let voter: Int32
        let epoch: Int32
    }
    private var votes: [Ballot: Int32] = [:]

    mutating func granted(by voter: Node, to candidate: Int32, epoch: Int32) throws {
        guard let state = voter.disk.electionState, state.epoch == epoch, state.votedFor?.id == candidate else {
            throw Violation(
                name: "SingleVote", detail: "\(voter.key.id) grants \(candidate) epoch \(epoch) before it is durable")
        }
        try record(voter.key.id, candidate, epoch)
    }

    mutating func campaigns(_ candidate: Node, epoch: Int32) throws {
        guard candidate.disk.electionState == ElectionState(epoch: epoch, votedFor: candidate.key) else {
            throw Violation(
                name: "SingleVote", detail: "\(candidate.key.id) campaigns in \(epoch) before it voted durably")
        }
        try record(candidate.key.id, candidate.key.id, epoch)
    }

    private mutating func record(_ voter: Int32, _ candidate: Int32, _ epoch: Int32) throws {
        let ballot = Ballot(voter: voter, epoch: epoch)
        let before = votes[ballot, default: candidate]
        guard before == candidate else {
            throw Violation(name: "SingleVote", detail: "\(voter) votes for \(before) and \(candidate) in \(epoch)")
        }
        votes[ballot] = candidate
    }
}

/// A replica's epoch never goes back, neither in memory nor on disk; memory is never ahead of the disk.
struct MonotonicEpoch {
    private var seen: [Int32: Int32] = [:]
    private var durable: [Int32: Int32] = [:]

    mutating func restarted(_ id: Int32) { seen[id] = nil }

    mutating func check(_ id: Int32, _ replica: RaftReplica) throws {
        let written = replica.persisted?.epoch ?? -1
        guard replica.epoch >= seen[id] ?? 0, written >= durable[id] ?? 0, written == replica.epoch else {
            throw Violation(
                name: "MonotonicEpoch",
                detail: "\(id) was in \(seen[id] ?? 0), is in \(replica.epoch), wrote \(written)")
        }
        seen[id] = replica.epoch
        durable[id] = written
    }
}

/// What was written of an epoch stays: its leader, and the vote given in it.
struct ElectionStateOnlyGrows {
    func check(_ node: Node, writes next: ElectionState) throws {
        guard let state = node.disk.electionState else { return }
        let keepsLeader = state.leaderID == nil || state.leaderID == next.leaderID
        let keepsVote = state.votedFor == nil || state.votedFor == next.votedFor
        guard next.epoch > state.epoch || (next.epoch == state.epoch && keepsLeader && keepsVote) else {
            throw Violation(name: "ElectionStateOnlyGrows", detail: "\(node.key.id) writes \(next) over \(state)")
        }
    }
}

/// A new epoch begins with a replica that a majority would vote for, or with one that led the epoch before.
struct EpochsBeginWithPreVote {
    private struct Wish: Hashable {
        let candidate: Int32
        let epoch: Int32
    }
    private let voters: VoterSet
    private var newest: Int32 = 0
    private var supporters: [Wish: [Int32]] = [:]
    private var lastLeader: [Int32: Int32] = [:]

    init(voters: VoterSet) { self.voters = voters }

    mutating func granted(by voter: Int32, to candidate: Int32, epoch: Int32) {
        let wish = Wish(candidate: candidate, epoch: epoch)
        let before = supporters[wish, default: []]
        if voters[voter] != nil, !before.contains(voter) { supporters[wish] = before + [voter] }
    }

    mutating func check(_ id: Int32, _ replica: RaftReplica) throws {
        // One that crashed in the very step that made it leader is seen only as resigned.
        if [.leader, .resigned].contains(replica.role.kind) { lastLeader[replica.epoch] = id }
        guard replica.epoch > newest else { return }
        defer { newest = replica.epoch }
        if lastLeader[replica.epoch - 1] == id { return }
        let count = 1 + supporters[Wish(candidate: id, epoch: replica.epoch - 1), default: []].filter { $0 != id }.count
        guard count >= voters.majority else {
            throw Violation(
                name: "EpochsBeginWithPreVote", detail: "\(id) begins epoch \(replica.epoch) with \(count) supporters")
        }
    }
}
