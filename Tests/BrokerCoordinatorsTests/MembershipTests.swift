import BrokerCoordinators
import BrokerPrimitives
import BrokerWire
import NIOCore
import Testing

@Suite("Members of a classic group")
struct MembershipTests {
    @Test("A new member is given an id first, and counts when it comes back with it")
    func twoSteps() throws {
        let bench = GroupBench()
        let first = try #require(bench.joined(bench.join()))
        #expect(first.errorCode == .memberIdRequired)
        #expect(first.memberID == "m1")
        let call = bench.join(member: "m1")
        bench.advance(1)
        let second = try #require(bench.joined(call))
        #expect(second.errorCode == .none)
        #expect(second.generationID == 1)
        #expect(second.leader == "m1")
        #expect(second.members.map(\.memberID) == ["m1"])
        #expect(second.protocolName == "range")
        #expect(second.protocolType == "consumer")
    }

    @Test("Before version 4 a new member counts at once")
    func oneStep() throws {
        let bench = GroupBench()
        let call = bench.join(version: 3)
        bench.advance(1)
        #expect(try #require(bench.joined(call)).generationID == 1)
    }

    @Test("Without an initial delay the first member waits for nobody, not even for an id that was given out")
    func noDelay() throws {
        let bench = GroupBench { $0.initialRebalanceDelay = 0 }
        let (first, second) = (bench.join(), bench.join())
        #expect(bench.joined(first)?.memberID == "m1" && bench.joined(second)?.memberID == "m2")
        let call = bench.join(member: "m2")
        #expect(bench.joined(call)?.generationID == 1, "at once, without a millisecond passing")
        #expect(bench.joined(call)?.members.map(\.memberID) == ["m2"])
    }

    @Test("An id that was given out and does not come back is forgotten after the session, and the group with it")
    func pendingExpires() {
        let bench = GroupBench()
        bench.join(session: 6_000)
        bench.advance(5_999)
        #expect(bench.shard.groups.count == 1)
        bench.advance(2)
        #expect(bench.shard.groups.isEmpty)
    }

    @Test(
        "A join that makes no sense is refused",
        arguments: [
            ("", "", Int32(10_000), "consumer", ErrorCode.invalidGroupId),
            ("g", "", 5_999, "consumer", .invalidSessionTimeout),
            ("g", "", 1_800_001, "consumer", .invalidSessionTimeout),
            ("g", "", -1, "consumer", .invalidSessionTimeout),
            ("g", "foreign", 10_000, "consumer", .unknownMemberId),
            ("g", "", 10_000, "", .inconsistentGroupProtocol),
        ])
    func refusals(group: String, member: String, session: Int32, type: String, code: ErrorCode) {
        let bench = GroupBench()
        let call = bench.join(group, member: member, session: session, type: type)
        #expect(bench.joined(call)?.errorCode == code)
        #expect(bench.shard.groups.isEmpty, "Nothing is kept of it.")
    }

    @Test("Who knows no way of assigning that all others know, or names one twice, does not get in")
    func inconsistentProtocols() {
        let bench = GroupBench()
        _ = bench.joinNew()
        bench.advance(1)
        for protocols in [[("other", "t")], [], [("range", "t"), ("range", "u")]] {
            #expect(bench.joined(bench.join(protocols: protocols))?.errorCode == .inconsistentGroupProtocol)
        }
        #expect(bench.joined(bench.join(type: "connect"))?.errorCode == .inconsistentGroupProtocol)
    }

    @Test("The first rebalance waits for the delay, again for every delay in which somebody came, up to the timeout")
    func initialDelay() {
        let bench = GroupBench { $0.initialRebalanceDelay = 3_000 }
        let first = bench.joinNew()
        bench.advance(2_000)
        let second = bench.joinNew()
        bench.advance(1_500)
        #expect(bench.joined(first) == nil, "Somebody came during the first delay.")
        bench.advance(2_600)
        #expect(bench.joined(first)?.generationID == 1)
        #expect(bench.joined(second)?.generationID == 1)
        #expect(bench.joined(first)?.members.count == 2)
        #expect(bench.joined(second)?.members.count == 0, "Only the leader is told who is there.")
    }

    @Test("The protocol is the one most members prefer among those all know")
    func vote() {
        let bench = GroupBench { $0.initialRebalanceDelay = 10 }
        let calls = [
            bench.joinNew(protocols: [("a", "t"), ("b", "t"), ("c", "t")]),
            bench.joinNew(protocols: [("c", "t"), ("b", "t")]),
            bench.joinNew(protocols: [("d", "t"), ("c", "t"), ("b", "t")]),
            bench.joinNew(protocols: [("c", "t"), ("b", "t"), ("a", "t")]),
        ]
        bench.advance(1_000)
        #expect(calls.map { bench.joined($0)?.protocolName } == ["c", "c", "c", "c"])
    }

    @Test("A rebalance ends when all have joined; whoever does not is dropped when the time is over")
    func rebalanceEnds() throws {
        let bench = GroupBench { $0.initialRebalanceDelay = 10 }
        let ids = try stable(bench, 2)
        let one = ids[0]
        #expect(bench.shard.groups["g"]?.leader == one)
        let third = bench.joinNew()
        #expect(bench.heartbeat("g", one, 1) == .rebalanceInProgress)
        let again = bench.join(member: one)
        #expect(bench.joined(again) == nil)
        bench.advance(9_000)
        #expect(bench.heartbeat("g", ids[1], 1) == .rebalanceInProgress, "It lives, but it does not join.")
        bench.advance(9_000)
        _ = bench.heartbeat("g", ids[1], 1)
        bench.advance(13_000)
        #expect(bench.joined(again)?.generationID == 2)
        #expect(bench.joined(third)?.generationID == 2)
        #expect(bench.joined(again)?.members.count == 2)
        #expect(bench.heartbeat("g", ids[1], 2) == .unknownMemberId)
    }

    /// A stable group of so many members; their ids, the leader's first.
    private func stable(_ bench: GroupBench, _ count: Int) throws -> [String] {
        var calls: [CallToken] = []
        for _ in 0..<count { calls.append(bench.joinNew()) }
        bench.advance(100)
        let replies = try calls.map { try #require(bench.joined($0)) }
        let ids = replies.map(\.memberID)
        for id in ids.reversed() {
            let isLeader = id == replies[0].leader
            bench.sync("g", id, replies[0].generationID, assigning: isLeader ? [ids[0]: "A"] : [:])
        }
        #expect(bench.state() == .stable)
        return ids
    }

    @Test("A member without a sign of life is dropped after its session, and the others rebalance")
    func sessionEnds() throws {
        let bench = GroupBench { $0.initialRebalanceDelay = 10 }
        let ids = try stable(bench, 2)
        bench.advance(6_000)
        #expect(bench.heartbeat("g", ids[0], 1) == .none)
        bench.advance(6_000)
        #expect(bench.heartbeat("g", ids[0], 1) == .rebalanceInProgress)
        #expect(bench.heartbeat("g", ids[1], 1) == .unknownMemberId)
    }

    @Test("Old generations and foreign ids are told so")
    func heartbeats() throws {
        let bench = GroupBench()
        let id = try stable(bench, 1)[0]
        #expect(bench.heartbeat("g", id, 1) == .none)
        #expect(bench.heartbeat("g", id, 0) == .illegalGeneration)
        #expect(bench.heartbeat("g", "foreign", 1) == .unknownMemberId)
        #expect(bench.heartbeat("other", id, 1) == .unknownMemberId)
        #expect(bench.heartbeat("", id, 1) == .invalidGroupId)
    }

    @Test("A follower that joins again with what it said before gets the same generation; the leader, a new one")
    func rejoins() throws {
        let bench = GroupBench { $0.initialRebalanceDelay = 10 }
        let ids = try stable(bench, 2)
        let follower = bench.join(member: ids[1])
        #expect(bench.joined(follower)?.generationID == 1)
        #expect(bench.state() == .stable)
        let leader = bench.join(member: ids[0])
        #expect(bench.joined(leader) == nil)
        #expect(bench.state() == .preparingRebalance)
    }

    @Test("The last member that leaves leaves an empty group, which is written down")
    func leaving() throws {
        let bench = GroupBench()
        let id = try stable(bench, 1)[0]
        #expect(bench.leave("g", "foreign") == .unknownMemberId)
        #expect(bench.leave("g", id) == .none)
        #expect(bench.state() == .empty)
        #expect(bench.shard.groups["g"]?.generation == 2)
        let reloaded = try bench.reloaded()
        #expect(reloaded.groups["g"]?.state == .empty)
        #expect(reloaded.groups["g"]?.generation == 2)
    }

    @Test("A group that is full takes nobody in, and lets its members join again")
    func full() throws {
        let bench = GroupBench {
            $0.initialRebalanceDelay = 10
            $0.maximumSize = 2
        }
        let ids = try stable(bench, 2)
        #expect(bench.joined(bench.join())?.errorCode == .groupMaxSizeReached)
        #expect(bench.joined(bench.join(member: ids[1]))?.errorCode == ErrorCode.none)
    }

    @Test("What all members say about themselves together is bounded")
    func metadataLimit() throws {
        let bench = GroupBench()
        var refused = 0
        for _ in 0..<70 {
            let call = bench.call()
            var request = JoinGroupRequest()
            request.groupID = "g"
            request.sessionTimeoutMs = 10_000
            request.protocolType = "consumer"
            request.protocols = [.init(name: "range", metadata: ByteBuffer(repeating: 7, count: 1 << 20))]
            bench.shard.join(
                GroupJoin(
                    request: request, version: 3, client: GroupClient(id: "c", address: "h"), call: call,
                    newMemberID: "big\(call.value)"), at: bench.now)
            bench.settle()
            if bench.joined(call)?.errorCode == .groupMaxSizeReached { refused += 1 }
        }
        #expect(refused == 6)
    }
}
