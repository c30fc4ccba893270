import BrokerPrimitives
import Testing

@testable import BrokerConsensus

/// Whatever stands in a message, no replica traps.
@Suite struct HostileInputTests {
    private struct Liar {
        var random: RaftRandom

        mutating func number() -> Int64 {
            [Int64.min, -1, 0, 1, 2, 3, 4, 5, 100, Int64.max - (1 << 34), Int64.max].randomElement(using: &random) ?? 0
        }

        mutating func small() -> Int32 {
            [Int32.min, -1, 0, 1, 1, 2, 2, 3, 4, Int32.max - 1, Int32.max].randomElement(using: &random) ?? 0
        }

        mutating func epoch(near epoch: Int32) -> Int32 {
            Bool.random(using: &random) ? epoch : Int.random(in: 0..<20, using: &random) == 0 ? small() : epoch &+ 1
        }

        mutating func end() -> OffsetAndEpoch { OffsetAndEpoch(offset: number(), epoch: small()) }
        mutating func key() -> ReplicaKey { Bench.key(Int32.random(in: 1...4, using: &random)) }

        mutating func header(_ epoch: Int32) -> ResponseHeader {
            let errors: [ErrorCode] = [
                .none, .none, .none, .notLeaderOrFollower, .fencedLeaderEpoch, .unknownLeaderEpoch, .invalidRequest,
                .inconsistentClusterId, .unsupportedVersion,
            ]
            return ResponseHeader(
                error: errors.randomElement(using: &random) ?? .none,
                leaderID: Bool.random(using: &random) ? nil : Int32.random(in: -1...4, using: &random),
                leaderEpoch: self.epoch(near: epoch))
        }

        mutating func request(_ epoch: Int32) -> RaftRequest {
            switch Int.random(in: 0..<5, using: &random) {
            case 0:
                .vote(
                    VoteRequest(
                        clusterID: nil, voterID: 1, voterDirectoryID: .zero, candidate: key(),
                        epoch: self.epoch(near: epoch), logEnd: end(), isPreVote: Bool.random(using: &random)))
            case 1:
                .beginQuorumEpoch(
                    BeginQuorumEpochRequest(
                        clusterID: nil, voterID: nil, voterDirectoryID: .zero, leaderID: small(),
                        leaderEpoch: self.epoch(near: epoch), leaderEndpoints: []))
            case 2:
                .endQuorumEpoch(
                    EndQuorumEpochRequest(
                        clusterID: nil, leaderID: small(), leaderEpoch: self.epoch(near: epoch),
                        preferredCandidates: [key()], leaderEndpoints: []))
            case 3:
                .fetch(
                    FetchRequest(
                        clusterID: nil, replica: key(), currentLeaderEpoch: self.epoch(near: epoch),
                        fetchOffset: number(),
                        lastFetchedEpoch: small(), highWatermark: number(), maxWaitMilliseconds: number(),
                        maxBytes: small()))
            default:
                .fetchSnapshot(
                    FetchSnapshotRequest(
                        clusterID: nil, replica: key(), currentLeaderEpoch: self.epoch(near: epoch), snapshotID: end(),
                        position: number(), maxBytes: small()))
            }
        }

        mutating func response(to request: RaftRequest, _ epoch: Int32) -> RaftResponse {
            switch request {
            case .vote: return .vote(VoteResponse(header: header(epoch), isGranted: Bool.random(using: &random)))
            case .beginQuorumEpoch: return .beginQuorumEpoch(BeginQuorumEpochResponse(header: header(epoch)))
            case .endQuorumEpoch: return .endQuorumEpoch(EndQuorumEpochResponse(header: header(epoch)))
            case .fetch(let request):
                let content: FetchResponse.Content =
                    switch Int.random(in: 0..<8, using: &random) {
                    case 0: .diverging(end())
                    case 1: .snapshot(end())
                    case 2: .records([BatchSpan(baseOffset: number(), endOffset: number(), epoch: small())])
                    default:
                        .records([
                            BatchSpan(
                                baseOffset: request.fetchOffset, endOffset: request.fetchOffset + 1, epoch: epoch)
                        ])
                    }
                return .fetch(FetchResponse(header: header(epoch), highWatermark: number(), content: content))
            case .fetchSnapshot(let request):
                return .fetchSnapshot(
                    FetchSnapshotResponse(
                        header: header(epoch), snapshotID: request.snapshotID, sizeInBytes: number(),
                        position: request.position, byteCount: number()))
            }
        }
    }

    @Test func `no message makes a replica trap`() {
        var halted = 0
        var led = 0
        for seed in UInt64(1)...150 {
            var liar = Liar(random: RaftRandom(seed: seed))
            var bench = Bench(voters: Int32(1 + seed % 3))
            var effects = bench.step(.started)
            for _ in 0..<60 {
                var next: [Effect] = bench.flush(effects)
                for sent in effects.sent {
                    next += bench.step(
                        .responseReceived(sent.correlation, liar.response(to: sent.request, bench.replica.epoch)))
                }
                for case .installSnapshot(let id) in effects { next += bench.step(.snapshotInstalled(id)) }
                next += bench.ask(liar.request(bench.replica.epoch)).effects
                next += bench.elapse(Int64.random(in: 0...3000, using: &liar.random))
                effects = next
                if bench.replica.role.kind == .leader { led += 1 }
            }
            if bench.replica.isSilent { halted += 1 }
        }
        #expect(halted > 0 && led > 0)
    }
}
