import BrokerPrimitives
import Testing

@testable import BrokerConsensus

/// Raft §5.3, §5.4.2; KIP-595, KIP-630, KIP-1166.
@Suite struct LeaderTests {
    private func propose(_ bench: inout Bench, _ counts: [Int32] = [2]) -> [Effect] {
        bench.step(.proposed(ProposalToken(value: 1), epoch: bench.replica.epoch, recordCounts: counts))
    }

    @Test func `a record is committed once a majority has it durably, the leader itself included`() {
        var bench = Bench()
        bench.lead()
        _ = bench.fetch(at: 1, after: 1)
        #expect(bench.replica.highWatermark == 1)
        let effects = propose(&bench)
        #expect(
            effects.contains(
                .appendProposal(ProposalToken(value: 1), [BatchSpan(baseOffset: 1, endOffset: 3, epoch: 1)])))
        _ = bench.fetch(at: 3, after: 1)
        #expect(bench.replica.highWatermark == 1)
        #expect(bench.flush(effects).contains(.highWatermarkAdvanced(to: 3)))
    }

    @Test func `records of older epochs are committed only with one of the leader's own`() {
        var bench = Bench(state: ElectionState(epoch: 2), log: Bench.log([(1, 3), (2, 5)]))
        bench.lead()
        #expect(bench.replica.role.kind == .leader)
        let reply = bench.fetch(at: 5, after: 2).reply
        #expect(bench.replica.highWatermark == 0)
        #expect(reply?.highWatermark == -1)
        _ = bench.fetch(at: 6, after: 3)
        #expect(bench.replica.highWatermark == 6)
    }

    @Test func `an observer's fetches move nothing`() {
        var bench = Bench()
        bench.lead()
        _ = bench.fetch(from: 9, at: 1, after: 1)
        #expect(bench.replica.highWatermark == 0)
        #expect(bench.replica.description(now: bench.now).observers.map(\.key.id) == [9])
    }

    @Test func `a fetch of another epoch is refused, older as fenced, newer as unknown`() {
        var bench = Bench()
        bench.lead()
        #expect(bench.fetch(at: 0, after: 0, leaderEpoch: 0).reply?.header.error == .fencedLeaderEpoch)
        #expect(bench.fetch(at: 0, after: 0, leaderEpoch: 2).reply?.header.error == .unknownLeaderEpoch)
        #expect(bench.fetch(at: -1, after: 0).reply?.header.error == .invalidRequest)
        var follower = Bench()
        _ = follower.follow()
        let header = follower.fetch(from: 3, at: 0, after: 0).reply?.header
        #expect(header?.error == .notLeaderOrFollower)
        #expect(header?.leaderID == 2)
        #expect(header?.leaderEndpoints == [Bench.endpoint(2)])
    }

    @Test func `a fetch with nothing to bring waits for a record, or for the high watermark, or half a second`() {
        var bench = Bench()
        bench.lead()
        #expect(bench.fetch(from: 3, at: 1, after: 1, highWatermark: 0, wait: 500).reply?.highWatermark == 1)
        #expect(bench.fetch(from: 3, at: 1, after: 1, highWatermark: 1, wait: 500).reply == nil)
        let effects = propose(&bench)
        #expect(effects.fetchReplies.map(\.content) == [.records(from: 1, upTo: 3, maxBytes: 1000)])
        #expect(bench.fetch(from: 3, at: 3, after: 1, highWatermark: 1, wait: 500).reply == nil)
        #expect(bench.flush(effects).fetchReplies.map(\.highWatermark) == [3])
        #expect(bench.fetch(from: 3, at: 3, after: 1, highWatermark: 3, wait: 9000).reply == nil)
        #expect(bench.elapse(499).fetchReplies.isEmpty)
        #expect(bench.elapse(1).fetchReplies.map(\.content) == [.empty])
    }

    @Test func `fetches that wait are refused when the leader steps down`() {
        var bench = Bench()
        bench.lead()
        #expect(bench.fetch(from: 3, at: 1, after: 1, highWatermark: 1, wait: 500).reply == nil)
        let effects = bench.step(.resignationRequested(epoch: 1))
        #expect(effects.fetchReplies.map(\.header.error) == [.notLeaderOrFollower])
    }

    @Test func `a follower whose log differs is told where the last common epoch ends`() {
        var bench = Bench(state: ElectionState(epoch: 4), log: Bench.log([(1, 3), (3, 5)]))
        bench.lead()
        #expect(bench.fetch(at: 4, after: 2).reply?.content == .diverging(OffsetAndEpoch(offset: 3, epoch: 1)))
        #expect(bench.fetch(at: 9, after: 3).reply?.content == .diverging(OffsetAndEpoch(offset: 5, epoch: 3)))
        #expect(bench.fetch(at: 3, after: 1).reply?.content == .records(from: 3, upTo: 6, maxBytes: 1000))
    }

    @Test func `what is only in the snapshot is got from the snapshot`() {
        let id = OffsetAndEpoch(offset: 4, epoch: 2)
        let log = LogShape(
            startOffset: 4, endOffset: 6, epochs: [EpochStart(epoch: 2, startOffset: 4)],
            snapshots: [Snapshot(id: id, sizeInBytes: 100)])
        var bench = Bench(state: ElectionState(epoch: 2), log: log)
        bench.lead()
        #expect(bench.fetch(at: 0, after: 0).reply?.content == .snapshot(id))
        #expect(bench.fetch(at: 3, after: 2).reply?.content == .snapshot(id))
        #expect(bench.fetch(at: 4, after: 1).reply?.content == .snapshot(id))
        #expect(bench.fetch(at: 4, after: 2).reply?.content == .records(from: 4, upTo: 7, maxBytes: 1000))

        let request = { (id: OffsetAndEpoch, position: Int64) -> FetchSnapshotReply? in
            let request = FetchSnapshotRequest(
                clusterID: "cluster", replica: Bench.key(2), currentLeaderEpoch: 3, snapshotID: id, position: position,
                maxBytes: 60)
            guard case .fetchSnapshot(let reply) = bench.ask(.fetchSnapshot(request)).reply else { return nil }
            return reply
        }
        #expect(request(id, 0)?.byteCount == 60)
        #expect(request(id, 60)?.byteCount == 40)
        #expect(request(id, 100)?.header.error == .positionOutOfRange)
        #expect(request(id, -1)?.header.error == .positionOutOfRange)
        #expect(request(OffsetAndEpoch(offset: 5, epoch: 2), 0)?.header.error == .snapshotNotFound)
    }

    @Test func `a leader without fetches of a majority resigns after one and a half fetch timeouts`() {
        var bench = Bench()
        bench.lead()
        bench.elapse(2900)
        _ = bench.fetch(at: 1, after: 1)
        bench.elapse(2999)
        #expect(bench.replica.role.kind == .leader)
        let effects = bench.elapse(1)
        #expect(bench.replica.role.kind == .resigned)
        #expect(effects.contains(.leaderChanged(LeaderAndEpoch(epoch: 1, leaderID: nil))))
    }

    @Test func `a leader introduces itself to silent voters each half of a fetch timeout`() {
        var bench = Bench()
        let first = bench.lead()
        for sent in first.sent { bench.step(.requestFailed(sent.correlation)) }
        #expect(bench.elapse(999).sent.isEmpty)
        #expect(bench.elapse(1).sent.map(\.to) == [2, 3])
    }

    @Test func `proposals are refused by others than the leader of that epoch`() {
        var bench = Bench()
        bench.step(.started)
        let token = ProposalToken(value: 1)
        #expect(propose(&bench).contains(.proposalRefused(token, .notLeader(LeaderAndEpoch(epoch: 0, leaderID: nil)))))
        var leader = Bench()
        leader.lead()
        let stale = leader.step(.proposed(token, epoch: 0, recordCounts: [1]))
        #expect(stale == [.proposalRefused(token, .notLeader(LeaderAndEpoch(epoch: 1, leaderID: 1)))])
    }

    @Test func `a batch without records, and too many of them, are refused`() {
        var configuration = RaftConfiguration()
        configuration.maxUncommittedRecords = 3
        var bench = Bench(configuration: configuration)
        bench.lead()
        let token = ProposalToken(value: 1)
        #expect(propose(&bench, []) == [.proposalRefused(token, .invalid)])
        #expect(propose(&bench, [1, 0]) == [.proposalRefused(token, .invalid)])
        #expect(propose(&bench, [3]) == [.proposalRefused(token, .tooManyUncommittedRecords)])
        #expect(bench.replica.log.endOffset == 1)
    }

    @Test func `a leader that stops names its successors and ends when another leads`() {
        var bench = Bench()
        bench.lead()
        _ = bench.fetch(from: 3, at: 1, after: 1)
        let effects = bench.step(.shutdownRequested(timeoutMilliseconds: 5000))
        let successors = effects.sent.compactMap { sent -> [Int32]? in
            if case .endQuorumEpoch(let end) = sent.request { end.preferredCandidates.map(\.id) } else { nil }
        }
        #expect(successors == [[3, 2], [3, 2]])
        #expect(bench.begin(3, epoch: 2).effects.contains(.shutdownCompleted))
    }

    @Test func `a replica that stops does not wait longer than it was told to`() {
        var bench = Bench()
        bench.lead()
        bench.step(.shutdownRequested(timeoutMilliseconds: 5000))
        #expect(!bench.elapse(4999).contains(.shutdownCompleted))
        #expect(bench.elapse(1).contains(.shutdownCompleted))
        #expect(bench.replica.nextDeadline == nil)
    }
}
