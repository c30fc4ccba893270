import BrokerPrimitives
import Testing

@testable import BrokerConsensus

/// Raft §5.3, §7; KIP-595, KIP-630.
@Suite struct FollowerTests {
    @Test func `a follower fetches again only when what it got is durable`() {
        var bench = Bench()
        let fetch = bench.follow()
        let effects = bench.answer(
            fetch, .records([BatchSpan(baseOffset: 0, endOffset: 3, epoch: 1)]), highWatermark: 2)
        #expect(effects.contains(.appendFetched(fetch ?? CorrelationID(value: 0), baseOffset: 0, endOffset: 3)))
        #expect(effects.contains(.highWatermarkAdvanced(to: 2)))
        #expect(effects.fetchRequests.isEmpty)
        let next = bench.flush(effects).fetchRequests
        #expect(next.map(\.fetchOffset) == [3])
        #expect(next.map(\.lastFetchedEpoch) == [1])
    }

    @Test func `a new leader is not told more than is durable either`() {
        var bench = Bench()
        let fetch = bench.follow()
        let effects = bench.answer(fetch, .records([BatchSpan(baseOffset: 0, endOffset: 3, epoch: 1)]))
        #expect(bench.begin(3, epoch: 2).effects.fetchRequests.isEmpty)
        #expect(bench.flush(effects).fetchRequests.map(\.fetchOffset) == [3])
    }

    @Test func `the high watermark is never beyond the log, and never goes back`() {
        var bench = Bench()
        let fetch = bench.follow()
        let effects = bench.answer(
            fetch, .records([BatchSpan(baseOffset: 0, endOffset: 3, epoch: 1)]), highWatermark: 9)
        #expect(bench.replica.highWatermark == 3)
        let next = bench.flush(effects).sent.first?.correlation
        bench.answer(next, .records([]), highWatermark: 1)
        #expect(bench.replica.highWatermark == 3)
    }

    @Test(arguments: [
        [BatchSpan(baseOffset: 1, endOffset: 2, epoch: 1)], [BatchSpan(baseOffset: 0, endOffset: 0, epoch: 1)],
        [BatchSpan(baseOffset: 0, endOffset: 1, epoch: 2)], [BatchSpan(baseOffset: 0, endOffset: 1, epoch: -1)],
        [BatchSpan(baseOffset: 0, endOffset: 2, epoch: 1), BatchSpan(baseOffset: 3, endOffset: 4, epoch: 1)],
    ])
    func `records that do not fit are not appended`(spans: [BatchSpan]) {
        var bench = Bench()
        let fetch = bench.follow()
        #expect(bench.answer(fetch, .records(spans)).isEmpty)
        #expect(bench.replica.log.endOffset == 0)
    }

    @Test func `a follower that diverges cuts its log and asks again`() {
        var bench = Bench(state: ElectionState(epoch: 3), log: Bench.log([(1, 3), (2, 6)]))
        let fetch = bench.follow(epoch: 4)
        let effects = bench.answer(fetch, .diverging(OffsetAndEpoch(offset: 3, epoch: 1)))
        #expect(effects.first == .truncateLog(to: 3))
        #expect(effects.fetchRequests.map(\.lastFetchedEpoch) == [1])
    }

    @Test func `a flush of what was cut off makes nothing durable`() {
        var bench = Bench()
        let fetch = bench.follow()
        let first = bench.answer(fetch, .records([BatchSpan(baseOffset: 0, endOffset: 4, epoch: 1)]))
        let next = bench.begin(3, epoch: 2)
        #expect(next.effects.fetchRequests.isEmpty)
        let again = bench.flush(first).sent.first?.correlation
        let cut = bench.answer(again, .diverging(OffsetAndEpoch(offset: 1, epoch: 1)), from: 3)
        let appended = bench.answer(
            cut.sent.first?.correlation, .records([BatchSpan(baseOffset: 1, endOffset: 3, epoch: 2)]), from: 3)
        #expect(bench.flush(first).isEmpty)
        #expect(bench.flush(appended).fetchRequests.map(\.fetchOffset) == [3])
    }

    @Test func `nothing committed is ever cut off: the replica halts`() {
        var bench = Bench()
        let fetch = bench.follow()
        let effects = bench.answer(
            fetch, .records([BatchSpan(baseOffset: 0, endOffset: 4, epoch: 1)]), highWatermark: 4)
        let next = bench.flush(effects).sent.first?.correlation
        let fault = Fault.truncationBelowHighWatermark(offset: 2, highWatermark: 4)
        #expect(bench.answer(next, .diverging(OffsetAndEpoch(offset: 2, epoch: 1))) == [.halted(fault)])
        #expect(bench.elapse(60_000).isEmpty)
    }

    @Test func `a snapshot is fetched whole, then installed, then loaded`() {
        let id = OffsetAndEpoch(offset: 10, epoch: 1)
        var bench = Bench()
        let fetch = bench.follow()
        var effects = bench.answer(fetch, .snapshot(id))
        #expect(effects.first == .beginSnapshotDownload(id))
        for position in [Int64(0), 60] {
            guard let sent = effects.sent.first else { return #expect(Bool(false), "nothing is fetched") }
            let response = FetchSnapshotResponse(
                header: ResponseHeader(leaderID: 2, leaderEpoch: 1), snapshotID: id, sizeInBytes: 100,
                position: position, byteCount: position == 0 ? 60 : 40)
            effects = bench.step(.responseReceived(sent.correlation, .fetchSnapshot(response)))
            #expect(effects.first == .writeSnapshotPart(sent.correlation, id, position: position))
        }
        #expect(effects.last == .installSnapshot(id))
        effects = bench.step(.snapshotInstalled(id))
        #expect(effects.prefix(3) == [.resetLog(to: id), .loadSnapshot(id), .highWatermarkAdvanced(to: 10)])
        #expect(effects.fetchRequests.map(\.fetchOffset) == [10])
        #expect(effects.fetchRequests.map(\.lastFetchedEpoch) == [1])
    }

    @Test func `a snapshot that was installed just before a crash is taken up at the start`() {
        let id = OffsetAndEpoch(offset: 10, epoch: 2)
        let log = LogShape(
            startOffset: 0, endOffset: 4, epochs: [EpochStart(epoch: 1, startOffset: 0)],
            snapshots: [Snapshot(id: id, sizeInBytes: 5)])
        var bench = Bench(state: ElectionState(epoch: 2), log: log)
        #expect(bench.step(.started).prefix(2) == [.resetLog(to: id), .loadSnapshot(id)])
        #expect(bench.replica.highWatermark == 10)
    }

    @Test(arguments: [([1, 3], 0), ([3, 1], 200), ([3], 1000)] as [([Int32], Int64)])
    func `successors of a leader that leaves go ahead in their order`(candidates: [Int32], wait: Int64) {
        var bench = Bench()
        bench.answer(bench.follow(), .records([]))
        let request = EndQuorumEpochRequest(
            clusterID: "cluster", leaderID: 2, leaderEpoch: 1, preferredCandidates: candidates.map(Bench.key),
            leaderEndpoints: [])
        _ = bench.ask(.endQuorumEpoch(request))
        #expect((bench.replica.role.kind == .prospective) == (wait == 0))
        if wait > 0 {
            bench.elapse(wait - 1)
            #expect(bench.replica.role.kind == .follower)
            bench.elapse(1)
        }
        #expect(bench.replica.role.kind == .prospective)
    }

    @Test func `two leaders of one epoch are not believed`() {
        var bench = Bench()
        _ = bench.follow(2, epoch: 1)
        guard case .beginQuorumEpoch(let response) = bench.begin(3, epoch: 1).reply else { return }
        #expect(response.header.error == .invalidRequest)
        #expect(response.header.leaderID == 2)
    }

    @Test func `an answer that is no longer waited for is ignored`() {
        var bench = Bench()
        let fetch = bench.follow()
        bench.answer(fetch, .records([]))
        #expect(bench.answer(fetch, .records([BatchSpan(baseOffset: 0, endOffset: 1, epoch: 1)])).isEmpty)
    }

    @Test func `an unanswered request is repeated`() {
        var bench = Bench()
        _ = bench.follow()
        _ = bench.elapse(1000)
        _ = bench.begin(2, epoch: 1)
        #expect(bench.elapse(999).fetchRequests.isEmpty)
        #expect(bench.elapse(1).fetchRequests.count == 1)
    }
}
