import BrokerPluginAPI
import BrokerPrimitives
import BrokerReplication
import BrokerRuntime
import BrokerWorld
import NIOEmbedded
import Synchronization
import Testing

struct RateLimitTests {
    @Test func `so many a second pass, the others are counted`() {
        let time = TestWorld()
        let limit = RateLimit(perSecond: 2) { time.world.monotonicMilliseconds }
        #expect((0..<5).map { _ in limit.admit() } == [0, 0, nil, nil, nil])
        time.advance(999)
        #expect(limit.admit() == nil)
        time.advance(1)
        #expect((0..<3).map { _ in limit.admit() } == [4, 0, nil])
        time.advance(5000)
        #expect(limit.admit() == 1)
    }

    @Test func `a limit of none lets nothing pass`() {
        let limit = RateLimit(perSecond: 0) { 0 }
        #expect((0..<3).allSatisfy { _ in limit.admit() == nil })
    }
}

struct FetchWaiterTests {
    /// A waiter on a loop that runs when told to, and how often it woke.
    private final class Fixture {
        let loop = EmbeddedEventLoop()
        let wakes = Counter()
        let waiter: FetchWaiter

        init(missing: Int) {
            let wakes = wakes
            waiter = FetchWaiter(missing: missing, eventLoop: loop) { wakes.increment() }
        }

        /// How often the fetch was woken, with everything run that was scheduled.
        func count() -> Int {
            loop.run()
            return wakes.value
        }
    }

    final class Counter: Sendable {
        private let count = Mutex(0)
        func increment() { count.withLock { $0 += 1 } }
        var value: Int { count.withLock { $0 } }
    }

    @Test func `a fetch wakes when enough bytes have come, once`() {
        let fixture = Fixture(missing: 10)
        fixture.waiter.appended(4)
        fixture.waiter.appended(5)
        #expect(fixture.count() == 0)
        fixture.waiter.appended(1)
        #expect(fixture.wakes.value == 0, "never inside the append")
        #expect(fixture.count() == 1)
        fixture.waiter.appended(100)
        fixture.waiter.expired()
        fixture.waiter.disturbed()
        #expect(fixture.count() == 1)
    }

    @Test func `time and changes wake a fetch at once`() {
        let expired = Fixture(missing: 10)
        expired.waiter.expired()
        #expect(expired.count() == 1 && !expired.waiter.isAbandoned)
        let disturbed = Fixture(missing: 10)
        disturbed.waiter.disturbed()
        #expect(disturbed.count() == 1)
    }

    @Test func `an abandoned fetch wakes to let go, and knows it`() {
        let fixture = Fixture(missing: 10)
        fixture.waiter.abandon()
        #expect(fixture.count() == 1 && fixture.waiter.isAbandoned)
        let woken = Fixture(missing: 1)
        woken.waiter.appended(1)
        woken.waiter.abandon()
        #expect(woken.count() == 1 && woken.waiter.isAbandoned)
    }
}

struct RightsTests {
    private let actions: [AuthorizableAction] = [.topic(.read, "a"), .topic(.write, "a"), .cluster(.create)]

    @Test func `only what was allowed is allowed`() {
        let rights = Rights(actions, [.allowed, .denied, .allowed])
        #expect(actions.map(rights.allows) == [true, false, true])
    }

    @Test func `an answer that is missing is a denial`() {
        #expect(actions.map(Rights(actions, [.allowed]).allows) == [true, false, false])
        #expect(actions.map(Rights(actions, []).allows) == [false, false, false])
    }

    @Test func `what was not asked is denied, also where all that was asked is allowed`() {
        let rights = Rights(actions, [.allowed, .allowed, .allowed])
        #expect(actions.allSatisfy(rights.allows))
        #expect(!rights.allows(.topic(.read, "b")) && !rights.allows(.topic(.delete, "a")))
        #expect(!Rights([], []).allows(.cluster(.create)))
        #expect(Rights.everything.allows(.topic(.read, "b")))
    }

    @Test func `one action denied twice over is denied`() {
        let twice = [actions[0], actions[0]]
        #expect(!Rights(twice, [.allowed, .denied]).allows(actions[0]))
    }
}

/// The rules of KIP-227 for continuing, beginning and ending sessions.
struct FetchSessionsTests {
    private let sessions = FetchSessions(slots: 10, world: TestWorld().world)

    private func request(_ partition: Int32, offset: Int64 = 0) -> FetchSession.Request {
        FetchSession.Request(
            key: .init(topicID: id(1), topic: "", partition: partition), currentLeaderEpoch: -1, fetchOffset: offset,
            lastFetchedEpoch: -1, maxBytes: 1)
    }

    private func plan(
        _ sessionID: Int32, _ epoch: Int32, _ requests: [FetchSession.Request] = [],
        forgotten: [FetchSession.Key] = [], ids: Bool = true
    ) throws(FetchSessionError) -> (isFull: Bool, id: Int32, requests: [FetchSession.Request]) {
        switch try sessions.plan(
            sessionID: sessionID, epoch: epoch, usesTopicIDs: ids, requests: requests, forgotten: forgotten)
        {
        case .full(let id, _, let requests): (true, id, requests)
        case .incremental(let id, _, let requests): (false, id, requests)
        }
    }

    @Test func `epoch 0 begins a session, the next epochs continue it`() throws {
        let begun = try plan(0, 0, [request(0), request(1)])
        #expect(begun.isFull && begun.id > 0 && begun.requests == [request(0), request(1)])
        let second = try plan(begun.id, 1)
        #expect(!second.isFull && second.id == begun.id && second.requests == begun.requests)
        let third = try plan(begun.id, 2, [request(1, offset: 5), request(2)], forgotten: [request(0).key])
        #expect(third.requests == [request(1, offset: 5), request(2)])
        #expect(sessions.keys(of: begun.id) == third.requests.map(\.key))
        #expect(sessions.keys(of: begun.id &+ 1).isEmpty)
    }

    @Test func `epoch -1 is a fetch without a session and ends the one it names`() throws {
        let plain = try plan(0, -1, [request(0)])
        #expect(plain.isFull && plain.id == 0 && plain.requests == [request(0)])
        let begun = try plan(0, 0, [request(0)])
        #expect(try plan(begun.id, -1, [request(0)]).id == 0)
        #expect(throws: FetchSessionError.notFound) { try plan(begun.id, 1) }
    }

    @Test func `beginning anew ends the session that is named`() throws {
        let first = try plan(0, 0, [request(0)])
        _ = try plan(first.id, 0, [request(1)])
        #expect(throws: FetchSessionError.notFound) { try plan(first.id, 1) }
    }

    @Test func `a wrong epoch or another way of naming topics is refused and does no harm`() throws {
        let begun = try plan(0, 0, [request(0)])
        #expect(throws: FetchSessionError.notFound) { try plan(begun.id &+ 1, 1) }
        #expect(throws: FetchSessionError.epoch) { try plan(begun.id, 2) }
        #expect(throws: FetchSessionError.topicIDs) { try plan(begun.id, 1, ids: false) }
        #expect(try plan(begun.id, 1).requests == [request(0)])
        #expect(throws: FetchSessionError.epoch) { try plan(begun.id, 1) }
        #expect(FetchSessionError.epoch.code == .invalidFetchSessionEpoch)
        #expect(FetchSessionError.notFound.code == .fetchSessionIdNotFound)
        #expect(FetchSessionError.topicIDs.code == .fetchSessionTopicIdError)
    }

    @Test func `a session without partitions has ended`() throws {
        let begun = try plan(0, 0, [request(0)])
        let last = try plan(begun.id, 1, forgotten: [request(0).key])
        #expect(last.isFull && last.id == 0 && last.requests.isEmpty)
        #expect(throws: FetchSessionError.notFound) { try plan(begun.id, 2) }
        #expect(try plan(0, 0).id == 0, "and none begins without partitions")
    }
}
