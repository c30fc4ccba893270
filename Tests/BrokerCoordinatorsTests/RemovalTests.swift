import BrokerCoordinators
import BrokerPrimitives
import BrokerWire
import NIOCore
import Testing

/// Members that are taken out of a group: whoever waits is answered, and the others rebalance.
@Suite("Members that are removed")
struct RemovalTests {
    /// Metadata that, a second time, does not fit into the group.
    private static let large = 40 << 20

    private func join(_ bench: GroupBench, member: String, byteCount: Int) -> CallToken {
        let call = bench.call()
        var request = JoinGroupRequest()
        request.groupID = "g"
        request.memberID = member
        request.sessionTimeoutMs = 10_000
        request.rebalanceTimeoutMs = 30_000
        request.protocolType = "consumer"
        request.protocols = [.init(name: "range", metadata: ByteBuffer(repeating: 7, count: byteCount))]
        bench.shard.join(
            GroupJoin(
                request: request, version: 3, client: GroupClient(id: "c", address: "h"), call: call,
                newMemberID: "new\(call.value)"), at: bench.now)
        bench.settle()
        return call
    }

    /// A group of two in `CompletingRebalance`; their ids, the leader's first.
    private func told(_ bench: GroupBench) throws -> [String] {
        let calls = [join(bench, member: "", byteCount: Self.large), join(bench, member: "", byteCount: 10)]
        bench.advance(100)
        return try calls.map { try #require(bench.joined($0)).memberID }
    }

    @Test("A leader that comes back with too much to say is removed, and the follower rebalances without it")
    func leaderSaysTooMuch() throws {
        let bench = GroupBench { $0.initialRebalanceDelay = 10 }
        let ids = try told(bench)
        let follower = bench.sync("g", ids[1], 1)
        let again = join(bench, member: ids[0], byteCount: 65 << 20)
        #expect(bench.joined(again)?.errorCode == .groupMaxSizeReached)
        #expect(bench.synced(follower)?.errorCode == .rebalanceInProgress, "Nobody else would ever have answered it.")
        #expect(bench.state() == .preparingRebalance)
        let call = join(bench, member: ids[1], byteCount: 10)
        #expect(bench.joined(call)?.leader == ids[1])
        bench.advance(9_000)
        #expect(bench.heartbeat("g", ids[1], 2) == .none)
        bench.advance(9_000)
        #expect(bench.state() == .completingRebalance, "No timer of the removed member was left behind.")
    }

    @Test("A follower of a stable group that says too much does not vanish in silence")
    func followerSaysTooMuch() throws {
        let bench = GroupBench { $0.initialRebalanceDelay = 10 }
        let ids = try told(bench)
        bench.sync("g", ids[1], 1)
        bench.sync("g", ids[0], 1, assigning: [ids[0]: "A"])
        #expect(bench.state() == .stable)
        let again = join(bench, member: ids[1], byteCount: Self.large)
        #expect(bench.joined(again)?.errorCode == .groupMaxSizeReached)
        #expect(bench.heartbeat("g", ids[0], 1) == .rebalanceInProgress)
    }

    @Test("A join that waits is answered when its member is removed by another join of its own")
    func parkedJoin() throws {
        let bench = GroupBench { $0.initialRebalanceDelay = 10 }
        let ids = try told(bench)
        bench.sync("g", ids[1], 1)
        bench.sync("g", ids[0], 1, assigning: [:])
        let parked = join(bench, member: ids[0], byteCount: 10)
        #expect(bench.joined(parked) == nil)
        _ = join(bench, member: ids[0], byteCount: 65 << 20)
        #expect(bench.joined(parked)?.errorCode == .unknownMemberId)
        #expect(bench.answeredTwice.isEmpty)
    }

    /// A stable group of "one", which leads, and "two", which has never asked for its assignment.
    private func unsynced(_ bench: GroupBench) throws -> [String] {
        let calls = [bench.join(instance: "one", session: 100_000), bench.join(instance: "two", session: 100_000)]
        bench.advance(100)
        let ids = try calls.map { try #require(bench.joined($0)).memberID }
        bench.sync("g", ids[0], 1, assigning: [ids[1]: "B"], instance: "one")
        #expect(bench.state() == .stable)
        return ids
    }

    @Test("An instance that came back and waits for the disk is not taken for one that never asks for its assignment")
    func replacementWaits() throws {
        let bench = GroupBench { $0.initialRebalanceDelay = 10 }
        _ = try unsynced(bench)
        bench.holdsWrites = true
        let call = bench.join(instance: "two", session: 100_000)
        bench.advance(31_000)
        #expect(bench.joined(call) == nil)
        #expect(bench.shard.groups["g"]?.memberCount == 2)
        bench.decide(nil)
        let reply = try #require(bench.joined(call))
        #expect(reply.errorCode == .none)
        bench.holdsWrites = false
        bench.advance(31_000)
        #expect(bench.shard.groups["g"]?.memberCount == 1, "Once it knows the generation, it must ask.")
    }

    @Test("A rebalance of no time waits for an absent instance until its session ends, and no longer")
    func rebalanceOfNoTime() throws {
        let bench = GroupBench { $0.initialRebalanceDelay = 10 }
        let calls = [
            bench.join(instance: "a", session: 10_000, rebalance: 0),
            bench.join(instance: "c", session: 10_000, rebalance: 60_000),
        ]
        bench.advance(100)
        let ids = try calls.map { try #require(bench.joined($0)).memberID }
        bench.sync("g", ids[1], 1, instance: "c")
        bench.sync("g", ids[0], 1, assigning: [:], instance: "a")
        #expect(bench.leave("g", ids[1], instance: "c") == .none)
        let before = bench.wakeCount
        bench.advance(9_000)
        #expect(bench.shard.groups["g"]?.memberCount == 1)
        #expect(bench.wakeCount - before < 20, "It is looked for about once a second.")
        bench.advance(2_000)
        #expect(bench.shard.groups["g"]?.memberCount == 0)
        #expect(bench.state() == .empty)
    }
}
