import BrokerPrimitives
import Testing

@testable import BrokerConsensus

/// Raft §5.1, §5.2, §5.4.1; thesis §9.6; KIP-595, KIP-996.
@Suite struct ElectionTests {
    @Test func `a server that hears from no leader asks for pre-votes and stays in its epoch`() {
        var bench = Bench()
        bench.step(.started)
        #expect(bench.elapse(999).voteRequests.isEmpty)
        let requests = bench.elapse(1001).voteRequests
        #expect(Set(requests.map(\.isPreVote)) == [true])
        #expect(requests.allSatisfy { $0.epoch == 0 })
        #expect(bench.replica.role.kind == .prospective)
    }

    @Test func `a candidate votes for itself durably before it asks the others`() {
        var bench = Bench()
        bench.step(.started)
        let asked = bench.elapse(2000).sent.first { $0.to == 2 }
        guard let asked else { return #expect(Bool(false), "nobody was asked") }
        let header = ResponseHeader(leaderID: nil, leaderEpoch: 0)
        let effects = bench.step(
            .responseReceived(asked.correlation, .vote(VoteResponse(header: header, isGranted: true))))
        #expect(effects.first == .persistElectionState(ElectionState(epoch: 1, votedFor: Bench.key(1))))
        #expect(effects.voteRequests.map(\.isPreVote) == [false, false])
    }

    @Test func `a leader begins its epoch with a record of its own, after it wrote down that it leads`() {
        var bench = Bench()
        let effects = bench.lead()
        let state = ElectionState(epoch: 1, leaderID: 1, votedFor: Bench.key(1))
        #expect(effects.first == .persistElectionState(state))
        let change = LeaderChange(
            offset: 0, epoch: 1, leaderID: 1, voters: [1, 2, 3].map(Bench.key), grantingVoters: [1, 2].map(Bench.key))
        #expect(effects.contains(.appendLeaderChange(change)))
        #expect(effects.sent.map(\.to) == [2, 3])
    }

    @Test func `votes are given first come, first served, once per epoch, and the same again`() {
        var bench = Bench()
        bench.step(.started)
        #expect(bench.vote(for: 2, epoch: 1)?.isGranted == true)
        #expect(bench.vote(for: 3, epoch: 1)?.isGranted == false)
        #expect(bench.vote(for: 2, epoch: 1)?.isGranted == true)
        #expect(bench.vote(for: 3, epoch: 2)?.isGranted == true)
    }

    @Test func `a vote is on its way to disk before it is told`() {
        var bench = Bench()
        bench.step(.started)
        let request = VoteRequest(
            clusterID: nil, voterID: nil, voterDirectoryID: .zero, candidate: Bench.key(2), epoch: 3,
            logEnd: OffsetAndEpoch(offset: 0, epoch: 0), isPreVote: false)
        let effects = bench.ask(.vote(request)).effects
        let written = effects.firstIndex(of: .persistElectionState(ElectionState(epoch: 3, votedFor: Bench.key(2))))
        let told = effects.firstIndex { if case .reply = $0 { true } else { false } }
        #expect(written != nil && told != nil && written ?? 0 < told ?? 0)
    }

    @Test func `a voter keeps its vote over a restart`() {
        var bench = Bench(state: ElectionState(epoch: 4, votedFor: Bench.key(3)))
        bench.step(.started)
        #expect(bench.vote(for: 2, epoch: 4)?.isGranted == false)
        #expect(bench.vote(for: 3, epoch: 4)?.isGranted == true)
    }

    @Test(arguments: [
        (OffsetAndEpoch(offset: 9, epoch: 1), false), (OffsetAndEpoch(offset: 4, epoch: 2), false),
        (OffsetAndEpoch(offset: 5, epoch: 2), true), (OffsetAndEpoch(offset: 1, epoch: 3), true),
    ])
    func `a vote goes only to a log that is at least as up to date`(logEnd: OffsetAndEpoch, isGranted: Bool) {
        var bench = Bench(log: Bench.log([(1, 3), (2, 5)]))
        bench.step(.started)
        #expect(bench.vote(epoch: 7, logEnd: logEnd, isPreVote: true)?.isGranted == isGranted)
        #expect(bench.vote(epoch: 7, logEnd: logEnd)?.isGranted == isGranted)
    }

    @Test func `a candidate of an older epoch is told the newer one`() {
        var bench = Bench(state: ElectionState(epoch: 5))
        bench.step(.started)
        let response = bench.vote(epoch: 4)
        #expect(response?.header.error == .fencedLeaderEpoch)
        #expect(response?.header.leaderEpoch == 5)
    }

    @Test func `a vote request is checked: cluster, directory, epoch of the log`() {
        var bench = Bench()
        bench.step(.started)
        #expect(bench.vote(epoch: 1, clusterID: "other")?.header.error == .inconsistentClusterId)
        let end = OffsetAndEpoch(offset: 3, epoch: 2)
        #expect(bench.vote(epoch: 2, logEnd: end)?.header.error == .invalidRequest)
        #expect(bench.vote(epoch: 1, logEnd: end, isPreVote: true)?.header.error == .invalidRequest)
        #expect(bench.replica.epoch == 0)
        #expect(bench.vote(epoch: 2, logEnd: end, isPreVote: true)?.isGranted == true)
        // The epoch is news even if the request was meant for another disk.
        #expect(bench.vote(epoch: 3, directory: KafkaUUID(high: 9, low: 9))?.header.error == .invalidVoterKey)
        #expect(bench.replica.epoch == 3)
    }

    @Test func `a follower that fetches grants no pre-vote, one that never did does, a leader does not`() {
        var follower = Bench()
        let fetch = follower.follow()
        let end = OffsetAndEpoch(offset: 9, epoch: 1)
        #expect(follower.vote(for: 3, epoch: 1, logEnd: end, isPreVote: true)?.isGranted == true)
        follower.answer(fetch, .records([]))
        #expect(follower.vote(for: 3, epoch: 1, logEnd: end, isPreVote: true)?.isGranted == false)
        var leader = Bench()
        leader.lead()
        #expect(leader.vote(for: 3, epoch: 1, logEnd: end, isPreVote: true)?.isGranted == false)
    }

    @Test func `a replica that hears a higher epoch steps down`() {
        var bench = Bench()
        bench.lead()
        _ = bench.vote(for: 3, epoch: 9)
        #expect(bench.replica.role.kind == .unattached)
        #expect(bench.replica.epoch == 9)
    }

    @Test func `a voter that does not know pre-votes is asked for its vote`() {
        var bench = Bench()
        bench.step(.started)
        guard let asked = bench.elapse(2000).sent.first(where: { $0.to == 2 }) else { return }
        let header = ResponseHeader(error: .unsupportedVersion, leaderID: nil, leaderEpoch: 0)
        bench.step(.responseReceived(asked.correlation, .vote(VoteResponse(header: header, isGranted: false))))
        #expect(bench.replica.role.kind == .candidate)
    }

    @Test func `a candidate that was started again is still one, in the same epoch`() {
        var bench = Bench(state: ElectionState(epoch: 4, votedFor: Bench.key(1)))
        let effects = bench.step(.started)
        #expect(bench.replica.role.kind == .candidate)
        #expect(effects.voteRequests.map(\.epoch) == [4, 4])
    }

    @Test func `a leader that was started again has resigned, and tells so`() {
        var bench = Bench(state: ElectionState(epoch: 4, leaderID: 1, votedFor: Bench.key(1)))
        let effects = bench.step(.started)
        #expect(bench.replica.role.kind == .resigned)
        #expect(effects.sent.map(\.to) == [2, 3])
        #expect(bench.fetch(at: 0, after: 0).reply?.header.error == .notLeaderOrFollower)
        bench.elapse(2000)
        #expect(bench.replica.epoch == 5)
    }

    @Test(arguments: [nil, ElectionState(epoch: 7), ElectionState(epoch: 7, leaderID: 1, votedFor: Bench.key(1))])
    func `a sole voter leads at once, also when started again`(state: ElectionState?) {
        var bench = Bench(voters: 1, state: state)
        let effects = bench.step(.started)
        #expect(bench.replica.role.kind == .leader)
        #expect(bench.replica.epoch == (state?.epoch ?? 0) + 1)
        let established = Effect.leadershipEstablished(epoch: bench.replica.epoch, startOffset: 0)
        #expect(!effects.contains(established))
        #expect(bench.flush(effects) == [.highWatermarkAdvanced(to: 1), established])
    }

    @Test func `an observer never stands for election`() {
        var bench = Bench(voters: 3, local: 4)
        bench.step(.started)
        let effects = bench.elapse(60_000)
        #expect(effects.voteRequests.isEmpty)
        #expect(!effects.fetchRequests.isEmpty)
        #expect(bench.replica.role.kind == .unattached)
    }
}
