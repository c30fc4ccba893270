import BrokerModel
import BrokerPrimitives
import BrokerWire
import Testing

@testable import BrokerClient

private let closed = ClientError(.connectionClosed, "test")

@Suite struct GroupMemberTests {
    // MARK: Joining

    @Test func `a member joins in two steps, at the application's first poll`() {
        var bench = MemberBench()
        #expect(bench.give(.subscribed(["t"], followsNewTopics: false)) == [])
        #expect(bench.poll() == ["find"])
        #expect(bench.give(.coordinatorFound) == ["join "])
        #expect(bench.joined(.memberIdRequired, id: "m") == ["join m"])
        #expect(bench.joined(id: "m", generation: 1) == ["sync 1"])
        #expect(bench.lastSync.assignments.isEmpty)
        #expect(bench.synced(.none, [partition(0)]) == [])
        #expect(bench.poll() == ["assign t-0"])
        #expect(bench.member.isSettled)
        #expect(bench.member.identity == .init(memberID: "m", generation: 1, instanceID: nil))
    }

    @Test func `the leader counts partitions and shares them out`() throws {
        var bench = MemberBench()
        bench.give(.subscribed(["t"], followsNewTopics: false))
        bench.give(.polled)
        bench.give(.coordinatorFound)
        #expect(bench.joined(leader: "m", members: [("m", ["t"]), ("n", ["t", "u"])]) == ["count t,u"])
        #expect(bench.counted(["t": 2, "u": 1]) == ["sync 1"])
        var shares: [String: [TopicPartition]] = [:]
        for row in bench.lastSync.assignments {
            shares[row.memberID] = try ConsumerProtocol.decodeAssignment(row.assignment).partitions
        }
        #expect(shares == ["m": [partition(0)], "n": [partition(1), partition(0, "u")]])
    }

    @Test func `every assignor is offered, the most wanted one first, with what is held`() throws {
        var bench = MemberBench(assignors: [CooperativeStickyAssignor()])
        bench.settle()
        bench.now += 3_000
        bench.give(.ticked(isPolling: true))
        _ = bench.beaten(.rebalanceInProgress)
        #expect(bench.poll() == ["join m"])
        #expect(bench.lastJoin.protocols.map(\.name) == ["cooperative-sticky"])
        let subscription = try #require(try bench.joinSubscription("cooperative-sticky"))
        #expect(subscription.owned == [partition(0), partition(1)])
        #expect(subscription.generationID == 1)
        var eager = MemberBench(assignors: [RoundRobinAssignor(), RangeAssignor()])
        eager.give(.subscribed(["t"], followsNewTopics: false))
        eager.give(.polled)
        eager.give(.coordinatorFound)
        #expect(eager.lastJoin.protocols.map(\.name) == ["roundrobin", "range"])
    }

    @Test func `heartbeats that cannot be delivered are tried again after waits that grow`() {
        var bench = MemberBench()
        bench.settle()
        #expect(bench.tick(after: 3_000) == ["beat 1"])
        // The first time the coordinator may just have moved.
        #expect(bench.give(.heartbeatAnswered(request: bench.beat, .failure(closed))) == ["find"])
        #expect(bench.give(.coordinatorFound) == ["beat 1"])
        for wait in [100, 200, 400] as [Int64] {
            #expect(bench.give(.heartbeatAnswered(request: bench.beat, .failure(closed))) == [])
            #expect(bench.member.wakeAt == bench.now + wait)
            #expect(bench.tick(after: wait - 1) == [])
            #expect(bench.tick(after: 1) == ["find"])
            #expect(bench.give(.coordinatorFound) == ["beat 1"])
        }
        #expect(bench.beaten(.none) == [])
        #expect(bench.tick(after: 3_000) == ["beat 1"])
        #expect(bench.beaten(.notCoordinator) == ["find"])
    }

    @Test func `a coordinator that is not there is looked for again after a while`() {
        var bench = MemberBench()
        bench.give(.subscribed(["t"], followsNewTopics: false))
        bench.give(.polled)
        #expect(bench.give(.coordinatorLookupFailed(closed)) == [])
        #expect(bench.member.wakeAt == 100)
        #expect(bench.tick(after: 99) == [])
        #expect(bench.tick(after: 1) == ["find"])
        #expect(
            bench.give(.coordinatorLookupFailed(.server(.groupAuthorizationFailed, "test")))
                == ["fail GROUP_AUTHORIZATION_FAILED"])
        #expect(bench.tick(after: 200) == ["find"])
    }

    @Test func `a coordinator that moved while the member joined is found and joined`() {
        var bench = MemberBench()
        bench.give(.subscribed(["t"], followsNewTopics: false))
        bench.give(.polled)
        bench.give(.coordinatorFound)
        #expect(bench.joined(.notCoordinator) == ["find"])
        #expect(bench.give(.coordinatorFound) == [])
        #expect(bench.tick(after: 100) == ["join "])
        #expect(bench.joinFailed(closed) == ["find"])
    }

    @Test func `a coordinator that loads is asked again`() {
        var bench = MemberBench()
        bench.give(.subscribed(["t"], followsNewTopics: false))
        bench.give(.polled)
        bench.give(.coordinatorFound)
        #expect(bench.joined(.coordinatorLoadInProgress) == [])
        #expect(bench.tick(after: 100) == ["join "])
    }

    @Test(arguments: [
        ErrorCode.inconsistentGroupProtocol, .invalidSessionTimeout, .groupMaxSizeReached, .groupAuthorizationFailed,
    ])
    func `what keeps a member out is told, and tried again`(error: ErrorCode) {
        var bench = MemberBench()
        bench.give(.subscribed(["t"], followsNewTopics: false))
        bench.give(.polled)
        bench.give(.coordinatorFound)
        #expect(bench.joined(error) == ["fail \(error)"])
        #expect(bench.tick(after: 100) == ["join "])
    }

    @Test func `late answers change nothing`() {
        var bench = MemberBench()
        bench.settle()
        let before = bench.member.phase
        #expect(bench.joined(generation: 9) == [])
        #expect(bench.synced(.none, [partition(5)]) == [])
        #expect(bench.give(.heartbeatAnswered(request: 999, .success(.unknownMemberId))) == [])
        #expect(bench.member.phase == before)
    }

    // MARK: Rebalancing

    @Test func `a rebalance takes effect when the application polls: it gives up, joins, and gets its new share`() {
        var bench = MemberBench()
        bench.settle()
        #expect(bench.tick(after: 3_000) == ["beat 1"])
        #expect(bench.beaten(.rebalanceInProgress) == [])
        #expect(bench.tick(after: 3_000, isPolling: false) == ["beat 1"])
        #expect(bench.poll() == ["revoke t-0,t-1"])
        #expect(bench.poll() == [])
        #expect(bench.give(.handedOver) == ["join m"])
        #expect(bench.joined(generation: 2) == ["sync 2"])
        #expect(bench.synced(.none, [partition(1)]) == [])
        #expect(bench.poll() == ["assign t-1"])
    }

    @Test func `a group that begins anew while the member syncs is joined again`() {
        var bench = MemberBench()
        bench.settle()
        _ = bench.tick(after: 3_000)
        _ = bench.beaten(.rebalanceInProgress)
        _ = bench.poll()
        _ = bench.give(.handedOver)
        _ = bench.joined(generation: 2)
        #expect(bench.synced(.rebalanceInProgress) == ["join m"])
        #expect(bench.joined(generation: 3) == ["sync 3"])
    }

    @Test func `a cooperative member keeps what it has, gives up what moves, and joins once more`() {
        var bench = MemberBench(assignors: [CooperativeStickyAssignor()])
        bench.settle()
        _ = bench.tick(after: 3_000)
        _ = bench.beaten(.rebalanceInProgress)
        #expect(bench.poll() == ["join m"])
        _ = bench.joined(generation: 2, protocolName: "cooperative-sticky")
        #expect(bench.synced(.none, [partition(1)]) == [])
        #expect(bench.poll() == ["revoke t-0"])
        #expect(bench.give(.handedOver) == ["assign "])
        #expect(bench.member.owned == [partition(1)])
        #expect(bench.poll() == ["join m"])
        _ = bench.joined(generation: 3, protocolName: "cooperative-sticky")
        _ = bench.synced(.none, [partition(1), partition(2)])
        #expect(bench.poll() == ["assign t-2"])
        #expect(bench.member.isSettled)
    }

    @Test func `with one assignor that is not cooperative the member is not`() {
        var bench = MemberBench(assignors: [RangeAssignor(), CooperativeStickyAssignor()])
        bench.settle()
        _ = bench.tick(after: 3_000)
        _ = bench.beaten(.rebalanceInProgress)
        #expect(bench.poll() == ["revoke t-0,t-1"])
    }

    @Test func `a commit that meets a rebalance makes the member join again`() {
        var bench = MemberBench()
        bench.settle()
        #expect(bench.give(.commitRefused(bench.member.identity, .rebalanceInProgress)) == [])
        #expect(bench.poll() == ["revoke t-0,t-1"])
    }

    @Test func `a new subscription makes the member join again, the same one does not`() {
        var bench = MemberBench()
        bench.settle()
        #expect(bench.give(.subscribed(["t"], followsNewTopics: false)) == [])
        #expect(bench.poll() == [])
        #expect(bench.give(.subscribed(["u", "t"], followsNewTopics: false)) == [])
        #expect(bench.poll() == ["revoke t-0,t-1"])
    }

    @Test func `a cooperative member gives up a topic it no longer wants before it joins`() {
        var bench = MemberBench(assignors: [CooperativeStickyAssignor()])
        bench.settle([partition(0), partition(0, "u")])
        bench.give(.subscribed(["u"], followsNewTopics: false))
        #expect(bench.poll() == ["revoke t-0"])
        #expect(bench.give(.handedOver) == ["join m"])
    }

    // MARK: Losing

    @Test(arguments: [(ErrorCode.unknownMemberId, "join "), (.illegalGeneration, "join m")])
    func `a member the group went on without loses its partitions and joins anew`(error: ErrorCode, join: String) {
        var bench = MemberBench()
        bench.settle()
        _ = bench.tick(after: 3_000)
        #expect(bench.beaten(error) == [])
        #expect(bench.member.generation == -1)
        #expect(bench.poll() == ["lose t-0,t-1"])
        #expect(bench.give(.handedOver) == [join])
    }

    @Test func `a refused commit tells the same, unless the member has joined anew since`() {
        var bench = MemberBench()
        bench.settle()
        let stale = GroupMember.Identity(memberID: "m", generation: 0, instanceID: nil)
        #expect(bench.give(.commitRefused(stale, .illegalGeneration)) == [])
        #expect(bench.member.generation == 1)
        #expect(bench.give(.commitRefused(bench.member.identity, .illegalGeneration)) == [])
        #expect(bench.poll() == ["lose t-0,t-1"])
    }

    @Test func `a commit that is refused while the member joins tells nothing: the join's answer does`() {
        var bench = MemberBench(assignors: [CooperativeStickyAssignor()])
        bench.settle()
        _ = bench.tick(after: 3_000)
        _ = bench.beaten(.rebalanceInProgress)
        #expect(bench.poll() == ["join m"])
        #expect(bench.give(.commitRefused(bench.member.identity, .illegalGeneration)) == [])
        #expect(bench.member.isRebalancing)
        #expect(bench.joined(generation: 2, protocolName: "cooperative-sticky") == ["sync 2"])
    }

    @Test func `a member that is lost while it gives partitions up loses only the rest`() {
        var bench = MemberBench(assignors: [CooperativeStickyAssignor()])
        bench.settle()
        _ = bench.tick(after: 3_000)
        _ = bench.beaten(.rebalanceInProgress)
        _ = bench.poll()
        _ = bench.joined(generation: 2, protocolName: "cooperative-sticky")
        _ = bench.synced(.none, [partition(1)])
        #expect(bench.poll() == ["revoke t-0"])
        bench.give(.commitRefused(bench.member.identity, .unknownMemberId))
        #expect(bench.give(.handedOver) == [])
        #expect(bench.poll() == ["lose t-1"])
        #expect(bench.give(.handedOver) == ["join "])
    }

    @Test func `a coordinator that is silent for a session is looked for, and tells what became of the member`() {
        var bench = MemberBench()
        bench.settle()
        #expect(bench.tick(after: 3_000) == ["beat 1"])
        #expect(bench.tick(after: 6_999) == [])
        #expect(bench.tick(after: 1) == ["find"])
        #expect(bench.give(.coordinatorFound) == ["beat 1"])
        #expect(bench.beaten(.unknownMemberId) == [])
        #expect(bench.poll() == ["lose t-0,t-1"])
    }

    @Test func `a heartbeat that cannot be delivered looks for the coordinator and beats again at once`() {
        var bench = MemberBench()
        bench.settle()
        _ = bench.tick(after: 3_000)
        #expect(bench.give(.heartbeatAnswered(request: bench.beat, .failure(closed))) == ["find"])
        #expect(bench.give(.coordinatorFound) == ["beat 1"])
        #expect(bench.beaten() == [])
        #expect(bench.member.isSettled)
        _ = bench.tick(after: 3_000)
        #expect(bench.beaten(.notCoordinator) == ["find"])
    }

    @Test func `an application that does not poll for too long leaves, and comes back with its next poll`() {
        var bench = MemberBench()
        bench.settle()
        for _ in 0..<19 {
            #expect(bench.tick(after: 3_000, isPolling: false) == ["beat 1"])
            _ = bench.beaten()
        }
        #expect(bench.tick(after: 3_000, isPolling: false) == ["leave m"])
        #expect(bench.member.wakeAt == nil)
        #expect(bench.poll() == ["lose t-0,t-1"])
        #expect(bench.give(.handedOver) == ["join "])
    }

    @Test func `an application that waits in a poll is polling`() {
        var bench = MemberBench()
        bench.settle()
        for _ in 0..<40 {
            #expect(bench.tick(after: 3_000) == ["beat 1"])
            _ = bench.beaten()
        }
    }

    // MARK: Static members

    @Test func `a fenced static member loses its partitions and says so at every poll`() {
        var bench = MemberBench(instanceID: "one")
        bench.settle()
        _ = bench.tick(after: 3_000)
        #expect(bench.beaten(.fencedInstanceId) == [])
        #expect(bench.poll() == ["lose t-0,t-1", "fail FENCED_INSTANCE_ID"])
        #expect(bench.poll() == ["fail FENCED_INSTANCE_ID"])
        #expect(bench.member.wakeAt == nil)
    }

    @Test func `a static member does not leave, whether it ends or stops polling`() {
        var bench = MemberBench(instanceID: "one")
        bench.settle()
        #expect(bench.lastJoin.groupInstanceID == "one")
        #expect(bench.tick(after: 60_000, isPolling: false) == [])
        var other = MemberBench(instanceID: "one")
        other.settle()
        #expect(other.give(.left) == [])
    }

    @Test func `a static leader that comes back leaves the assignment as it is`() {
        var bench = MemberBench(instanceID: "one")
        bench.give(.subscribed(["t"], followsNewTopics: false))
        bench.give(.polled)
        bench.give(.coordinatorFound)
        #expect(bench.joined(leader: "m", members: [("m", ["t"])], skip: true) == ["sync 1"])
        #expect(bench.lastSync.assignments.isEmpty)
    }

    // MARK: Topics that change

    @Test func `the leader notices new partitions and has the group rebalance`() {
        var bench = MemberBench()
        bench.give(.subscribed(["t"], followsNewTopics: false))
        bench.give(.polled)
        bench.give(.coordinatorFound)
        _ = bench.joined(leader: "m", members: [("m", ["t"])])
        _ = bench.counted(["t": 2])
        _ = bench.synced(.none, [partition(0), partition(1)])
        _ = bench.poll()
        #expect(bench.tick(after: 5_000) == ["beat 1", "count t"])
        #expect(bench.beaten() == [])
        #expect(bench.counted(["t": 2]) == [])
        #expect(bench.member.isSettled)
        #expect(bench.tick(after: 5_000) == ["beat 1", "count t"])
        #expect(bench.counted(["t": 3]) == [])
        #expect(bench.poll() == ["revoke t-0,t-1"])
    }

    @Test func `a topic that is missing is looked for more often`() {
        var bench = MemberBench()
        bench.give(.subscribed(["t"], followsNewTopics: false))
        bench.give(.polled)
        bench.give(.coordinatorFound)
        _ = bench.joined(leader: "m", members: [("m", ["t"])])
        _ = bench.counted([:])
        _ = bench.synced()
        #expect(bench.poll() == ["assign "])
        #expect(bench.tick(after: 1_000) == ["count t"])
        _ = bench.counted(["t": 1])
        #expect(bench.poll() == ["join m"])
    }

    @Test func `leaving forgets everything`() {
        var bench = MemberBench()
        bench.settle()
        #expect(bench.give(.left) == ["leave m"])
        #expect(bench.member.phase == .idle)
        #expect(bench.member.wakeAt == nil)
        #expect(bench.poll() == [])
    }
}
