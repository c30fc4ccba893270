import BrokerPrimitives

@testable import BrokerConsensus

/// Tells what happens in a cluster, a line each.
final class Narrator {
    private(set) var lines: [String] = []
    /// Also tell of fetches that only bring records or nothing.
    var tellsFetches = false
    private let now: () -> Int64

    init(now: @escaping () -> Int64) { self.now = now }

    func take() -> [String] {
        defer { lines = [] }
        return lines
    }

    func say(_ id: Int32, _ text: String) {
        let time = "\(now())ms"
        lines.append(String(repeating: " ", count: max(0, 8 - time.count)) + time + "  \(id)  " + text)
    }

    func isNow(_ id: Int32, _ replica: RaftReplica) {
        say(id, "is now \(replica.role.kind) in epoch \(replica.epoch)")
    }

    func lost(_ packet: Packet) {
        switch packet.content {
        case .request(.fetch): if tellsFetches { say(packet.from, "does not reach \(packet.to)") }
        case .request: say(packet.from, "does not reach \(packet.to)")
        case .response: if tellsFetches { say(packet.from, "answers, but \(packet.to) does not hear it") }
        }
    }

    func deliver(_ packet: Packet) {
        guard tellsFetches, case .request(.fetch) = packet.content else { return }
        say(packet.to, "is asked by \(packet.from)")
    }

    func tell(_ id: Int32, _ effect: Effect, _ cluster: Cluster) {
        switch effect {
        case .persistElectionState(let state):
            let leader = state.leaderID.map { ", leader \($0)" } ?? ""
            let vote = state.votedFor.map { ", vote for \($0.id)" } ?? ""
            say(id, "writes: epoch \(state.epoch)\(leader)\(vote)")
        case .appendLeaderChange(let change):
            let voters = change.grantingVoters.map { String($0.id) }.joined(separator: " ")
            say(id, "appends LeaderChange at \(change.offset), elected by \(voters)")
        case .appendProposal(_, let spans):
            for span in spans { say(id, "appends \(span.baseOffset)..<\(span.endOffset)") }
        case .appendFetched(_, let base, let end): say(id, "appends \(base)..<\(end)")
        case .truncateLog(let offset): say(id, "cuts its log at \(offset)")
        case .flushLog: if tellsFetches { say(id, "flushes") }
        case .resetLog(let end): say(id, "begins its log anew at \(Self.text(end))")
        case .send(_, let to, _, let request): tell(id, to, request)
        case .reply(let token, let reply):
            if let asker = cluster[id].askers[token.value] { tell(id, asker, reply) }
        case .beginSnapshotDownload(let snapshot): say(id, "begins to fetch the snapshot \(Self.text(snapshot))")
        case .writeSnapshotPart(_, _, let position): say(id, "writes its part from byte \(position)")
        case .installSnapshot(let snapshot): say(id, "installs the snapshot \(Self.text(snapshot))")
        case .abandonSnapshotDownload(let snapshot): say(id, "gives up the snapshot \(Self.text(snapshot))")
        case .loadSnapshot(let snapshot): say(id, "loads the snapshot \(Self.text(snapshot))")
        case .highWatermarkAdvanced(let offset): say(id, "knows as committed: ..<\(offset)")
        case .leaderChanged(let leader):
            say(id, "sees " + (leader.leaderID.map { "\($0) lead" } ?? "nobody lead") + " epoch \(leader.epoch)")
        case .leadershipEstablished(let epoch, _): say(id, "may decide in epoch \(epoch)")
        case .proposalRefused(_, let refusal): say(id, "refuses the proposal: \(Self.text(refusal))")
        case .shutdownCompleted: say(id, "ends")
        case .halted(let fault): say(id, "halts: \(fault)")
        }
    }

    private func tell(_ id: Int32, _ to: Int32, _ request: RaftRequest) {
        switch request {
        case .vote(let vote):
            let what = vote.isPreVote ? "whether it would vote for it after" : "to vote for it in"
            say(id, "asks \(to) \(what) epoch \(vote.epoch), its log ends at \(Self.text(vote.logEnd))")
        case .beginQuorumEpoch(let begin): say(id, "tells \(to) that it leads epoch \(begin.leaderEpoch)")
        case .endQuorumEpoch(let end):
            let successors = end.preferredCandidates.map { String($0.id) }.joined(separator: " ")
            say(
                id,
                "tells \(to) that it no longer leads epoch \(end.leaderEpoch)"
                    + (successors.isEmpty ? "" : ", better \(successors)"))
        case .fetch(let fetch):
            if tellsFetches {
                let from = OffsetAndEpoch(offset: fetch.fetchOffset, epoch: fetch.lastFetchedEpoch)
                say(id, "fetches from \(to) after \(Self.text(from))")
            }
        case .fetchSnapshot(let fetch):
            say(id, "fetches the snapshot \(Self.text(fetch.snapshotID)) from \(to), byte \(fetch.position) on")
        }
    }

    private func tell(_ id: Int32, _ asker: Node.Asker, _ reply: RaftReply) {
        let to = asker.node
        let header: ResponseHeader
        switch reply {
        case .vote(let reply):
            if reply.header.error == .none {
                let verb =
                    asker.isPreVote
                    ? (reply.isGranted ? "would" : "would not") : (reply.isGranted ? "does" : "does not")
                return say(id, "\(verb) vote for \(to)")
            }
            header = reply.header
        case .beginQuorumEpoch(let reply): header = reply.header
        case .endQuorumEpoch(let reply): header = reply.header
        case .fetch(let reply):
            header = reply.header
            switch reply.content {
            case .diverging(let end): return say(id, "tells \(to) that epoch \(end.epoch) ends at \(end.offset)")
            case .snapshot(let snapshot): return say(id, "tells \(to) to fetch the snapshot \(Self.text(snapshot))")
            case .records(let from, let end, _):
                if tellsFetches { say(id, "sends \(to) records \(from)..<\(end), committed \(reply.highWatermark)") }
            case .empty:
                if tellsFetches, header.error == .none {
                    say(id, "has nothing new for \(to), committed \(reply.highWatermark)")
                }
            }
            if !tellsFetches { return }
        case .fetchSnapshot(let reply): header = reply.header
        }
        if header.error != .none { say(id, "answers \(to): \(header.error)") }
    }

    static func text(_ end: OffsetAndEpoch) -> String { "\(end.offset) (epoch \(end.epoch))" }

    static func text(_ refusal: ProposalRefusal) -> String {
        switch refusal {
        case .notLeader(let leader): "not the leader, " + (leader.leaderID.map { "\($0) is" } ?? "nobody is known")
        case .tooManyUncommittedRecords: "too much waits to be committed"
        case .invalid: "invalid"
        }
    }
}
