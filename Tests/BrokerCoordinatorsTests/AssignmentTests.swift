import BrokerCoordinators
import BrokerPrimitives
import BrokerWire
import NIOCore
import Testing

@Suite("Assignments of a classic group")
struct AssignmentTests {
    /// Two members that were told generation 1: the leader, then the other.
    private func told(_ bench: GroupBench) throws -> [String] {
        let calls = [bench.joinNew(), bench.joinNew()]
        bench.advance(100)
        return try calls.map { try #require(bench.joined($0)).memberID }
    }

    private func text(_ bench: GroupBench, _ call: CallToken) -> String? {
        bench.synced(call).map { String(buffer: $0.assignment) }
    }

    @Test("Everybody gets what the leader has decided, whoever asks first")
    func shared() throws {
        let bench = GroupBench { $0.initialRebalanceDelay = 10 }
        let ids = try told(bench)
        let follower = bench.sync("g", ids[1], 1)
        #expect(bench.synced(follower) == nil)
        let leader = bench.sync("g", ids[0], 1, assigning: [ids[0]: "A", ids[1]: "B"])
        #expect(text(bench, leader) == "A")
        #expect(text(bench, follower) == "B")
        #expect(bench.state() == .stable)
        let late = bench.sync("g", ids[1], 1)
        #expect(text(bench, late) == "B")
    }

    @Test("Nobody is told before the assignment is committed")
    func waitsForCommit() throws {
        let bench = GroupBench { $0.initialRebalanceDelay = 10 }
        let ids = try told(bench)
        bench.holdsWrites = true
        let leader = bench.sync("g", ids[0], 1, assigning: [ids[0]: "A"])
        #expect(bench.synced(leader) == nil)
        #expect(bench.state() == .completingRebalance)
        bench.decide(nil)
        #expect(text(bench, leader) == "A")
        #expect(bench.state() == .stable)
    }

    @Test("An assignment that cannot be written is forgotten, and the group rebalances")
    func failedWrite() throws {
        let bench = GroupBench { $0.initialRebalanceDelay = 10 }
        let ids = try told(bench)
        bench.holdsWrites = true
        let leader = bench.sync("g", ids[0], 1, assigning: [ids[0]: "A"])
        bench.decide(.kafkaStorageError)
        #expect(bench.synced(leader)?.errorCode == .notCoordinator)
        #expect(bench.state() == .preparingRebalance)
    }

    @Test("A write that is committed after the group has moved on changes nothing")
    func lateCommit() throws {
        let bench = GroupBench { $0.initialRebalanceDelay = 10 }
        let ids = try told(bench)
        bench.holdsWrites = true
        let leader = bench.sync("g", ids[0], 1, assigning: [ids[0]: "A"])
        #expect(bench.leave("g", ids[1]) == .none)
        #expect(bench.synced(leader)?.errorCode == .rebalanceInProgress)
        let again = bench.join(member: ids[0])
        #expect(bench.joined(again)?.generationID == 2)
        bench.decide(nil)
        #expect(bench.state() == .completingRebalance, "Nobody has decided for the new generation.")
    }

    @Test("Members that never ask for their assignment are dropped when the time is over")
    func missingSync() throws {
        let bench = GroupBench { $0.initialRebalanceDelay = 10 }
        let ids = try told(bench)
        bench.sync("g", ids[0], 1, assigning: [ids[0]: "A"])
        for _ in 0..<4 {
            bench.advance(7_000)
            _ = bench.heartbeat("g", ids[0], 1)
            _ = bench.heartbeat("g", ids[1], 1)
        }
        bench.advance(3_000)
        #expect(bench.heartbeat("g", ids[1], 1) == .unknownMemberId)
        #expect(bench.heartbeat("g", ids[0], 1) == .rebalanceInProgress)
    }

    @Test("Requests of another generation, of strangers or about another protocol are refused")
    func refusals() throws {
        let bench = GroupBench { $0.initialRebalanceDelay = 10 }
        let ids = try told(bench)
        #expect(bench.synced(bench.sync("g", ids[0], 7))?.errorCode == .illegalGeneration)
        #expect(bench.synced(bench.sync("g", "foreign", 1))?.errorCode == .unknownMemberId)
        #expect(bench.synced(bench.sync("other", ids[0], 1))?.errorCode == .unknownMemberId)
        let call = bench.call()
        var request = SyncGroupRequest()
        request.groupID = "g"
        request.memberID = ids[0]
        request.generationID = 1
        request.protocolType = "consumer"
        request.protocolName = "other"
        bench.shard.sync(request, call, at: bench.now)
        bench.settle()
        #expect(bench.synced(call)?.errorCode == .inconsistentGroupProtocol)
    }

    @Test("A broker that loads the log knows the group, its members and their assignments, and keeps their sessions")
    func reload() throws {
        let bench = GroupBench { $0.initialRebalanceDelay = 10 }
        let ids = try told(bench)
        bench.sync("g", ids[1], 1)
        bench.sync("g", ids[0], 1, assigning: [ids[0]: "A", ids[1]: "B"])
        bench.shard = try bench.reloaded()
        #expect(bench.state() == .stable)
        #expect(bench.heartbeat("g", ids[1], 1) == .none)
        #expect(text(bench, bench.sync("g", ids[1], 1)) == "B")
        bench.advance(10_001)
        #expect(bench.heartbeat("g", ids[0], 1) == .unknownMemberId)
    }
}

@Suite("Static members")
struct StaticMemberTests {
    /// A stable group of two static members, "one" the leader, and "two".
    private func stable(_ bench: GroupBench, version: Int16 = 9) throws -> [String] {
        let calls = [bench.join(instance: "one", version: version), bench.join(instance: "two", version: version)]
        bench.advance(100)
        let ids = try calls.map { try #require(bench.joined($0)).memberID }
        bench.sync("g", ids[1], 1, instance: "two")
        bench.sync("g", ids[0], 1, assigning: [ids[0]: "A", ids[1]: "B"], instance: "one")
        #expect(bench.state() == .stable)
        return ids
    }

    @Test("A static member that comes back gets a new id and its old assignment, without a rebalance")
    func comesBack() throws {
        let bench = GroupBench { $0.initialRebalanceDelay = 10 }
        let ids = try stable(bench)
        let reply = try #require(bench.joined(bench.join(instance: "two")))
        #expect(reply.errorCode == .none)
        #expect(reply.generationID == 1)
        #expect(reply.memberID != ids[1])
        #expect(!reply.skipAssignment)
        #expect(bench.state() == .stable)
        let sync = bench.sync("g", reply.memberID, 1, instance: "two")
        #expect(bench.synced(sync).map { String(buffer: $0.assignment) } == "B")
        #expect(bench.heartbeat("g", ids[1], 1, instance: "two") == .fencedInstanceId)
        #expect(try bench.reloaded().describe("g")?.members.map(\.memberID).contains(reply.memberID) == true)
    }

    @Test("The leader that comes back is told not to assign: since version 9 in so many words")
    func leaderComesBack() throws {
        let bench = GroupBench { $0.initialRebalanceDelay = 10 }
        let ids = try stable(bench)
        let reply = try #require(bench.joined(bench.join(instance: "one")))
        #expect(reply.leader == reply.memberID)
        #expect(reply.skipAssignment)
        #expect(reply.members.count == 2)
        let old = try #require(bench.joined(bench.join(instance: "one", version: 8)))
        #expect(old.leader == reply.memberID, "The id it had before, which is not its own any more.")
        #expect(old.members.isEmpty)
        #expect(ids[0] != old.memberID)
    }

    @Test("If the new id cannot be written down, the old one stays")
    func failedWrite() throws {
        let bench = GroupBench { $0.initialRebalanceDelay = 10 }
        let ids = try stable(bench)
        bench.holdsWrites = true
        let call = bench.join(instance: "two")
        #expect(bench.joined(call) == nil)
        bench.decide(.notEnoughReplicas)
        #expect(bench.joined(call)?.errorCode == .coordinatorNotAvailable)
        #expect(bench.heartbeat("g", ids[1], 1, instance: "two") == .none)
    }

    @Test("An instance that changes what is agreed on makes the group rebalance")
    func changedProtocol() throws {
        let bench = GroupBench { $0.initialRebalanceDelay = 10 }
        let calls = [
            bench.join(instance: "one", protocols: [("a", "t"), ("b", "t")]),
            bench.join(instance: "two", protocols: [("a", "t"), ("b", "t")]),
        ]
        bench.advance(100)
        let ids = try calls.map { try #require(bench.joined($0)).memberID }
        bench.sync("g", ids[1], 1)
        bench.sync("g", ids[0], 1, assigning: [:])
        let call = bench.join(instance: "two", protocols: [("b", "t")])
        #expect(bench.joined(call) == nil)
        #expect(bench.state() == .preparingRebalance)
    }

    @Test("An administrator removes a static member by its instance id alone")
    func removal() throws {
        let bench = GroupBench { $0.initialRebalanceDelay = 10 }
        let ids = try stable(bench)
        #expect(bench.leave("g", "", instance: "three") == .unknownMemberId)
        #expect(bench.leave("g", "", instance: "two") == .none)
        #expect(bench.heartbeat("g", ids[0], 1, instance: "one") == .rebalanceInProgress)
    }

    @Test("A static member that is away is waited for until its session ends, not only for the rebalance")
    func away() throws {
        let bench = GroupBench { $0.initialRebalanceDelay = 10 }
        let calls = [
            bench.join(instance: "one", session: 60_000), bench.join(instance: "two", session: 60_000),
        ]
        bench.advance(100)
        let ids = try calls.map { try #require(bench.joined($0)).memberID }
        bench.sync("g", ids[1], 1)
        bench.sync("g", ids[0], 1, assigning: [:])
        let again = bench.join(member: ids[0], instance: "one", session: 60_000)
        bench.advance(31_000)
        #expect(bench.joined(again)?.generationID == 2)
        #expect(bench.joined(again)?.members.count == 2, "The other keeps its place.")
    }
}
