import BrokerWorld
import Synchronization
import Testing

/// Timers that run when a test says so.
private final class HandDriven: Sendable {
    private struct State {
        var now: Int64 = 0
        var waiting: [(id: Int, deadline: Int64, work: @Sendable () -> Void)] = []
        var nextID = 0
    }

    private let state = Mutex(State())

    var waitingCount: Int { state.withLock { $0.waiting.count } }

    var timers: Timers {
        Timers(now: { [self] in state.withLock { $0.now } }) { [self] deadline, work in
            let id = state.withLock { state in
                state.nextID += 1
                state.waiting.append((state.nextID, deadline, work))
                return state.nextID
            }
            return Timers.Timer { [self] in state.withLock { $0.waiting.removeAll { $0.id == id } } }
        }
    }

    func advance(milliseconds: Int64) {
        let end = state.withLock { $0.now } + milliseconds * 1_000_000
        while true {
            let work = state.withLock { state -> (@Sendable () -> Void)? in
                guard
                    let next = state.waiting.indices.min(by: { state.waiting[$0].deadline < state.waiting[$1].deadline }
                    ),
                    state.waiting[next].deadline <= end
                else {
                    state.now = end
                    return nil
                }
                state.now = max(state.now, state.waiting[next].deadline)
                return state.waiting.remove(at: next).work
            }
            guard let work else { return }
            work()
        }
    }
}

struct TimersTests {
    private final class Count: Sendable {
        private let count = Mutex(0)
        var value: Int { count.withLock { $0 } }
        func increment() { count.withLock { $0 += 1 } }
    }

    private let clock = HandDriven()
    private let count = Count()

    @Test func `work runs once, when its time has come`() {
        _ = clock.timers.schedule(afterMilliseconds: 10) { [count] in count.increment() }
        clock.advance(milliseconds: 9)
        #expect(count.value == 0)
        clock.advance(milliseconds: 1)
        #expect(count.value == 1)
        clock.advance(milliseconds: 100)
        #expect(count.value == 1)
    }

    @Test func `repeated work runs once in every interval until it is cancelled`() {
        let timer = clock.timers.every(milliseconds: 10) { [count] in count.increment() }
        clock.advance(milliseconds: 35)
        #expect(count.value == 3)
        timer.cancel()
        clock.advance(milliseconds: 100)
        #expect(count.value == 3)
        #expect(clock.waitingCount == 0)
    }

    @Test func `repeated work may end itself`() {
        let box = Box()
        let timer = clock.timers.every(milliseconds: 10) { [count] in
            count.increment()
            box.timer.withLock { $0?.cancel() }
        }
        box.timer.withLock { $0 = timer }
        clock.advance(milliseconds: 50)
        #expect(count.value == 1 && clock.waitingCount == 0)
    }

    @Test func `a deadline that nobody will see is no overflow`() {
        clock.advance(milliseconds: 1)
        #expect(clock.timers.deadline(afterMilliseconds: .max) == .max)
        #expect(clock.timers.deadline(afterMilliseconds: -5) == 1_000_000)
    }

    private final class Box: Sendable {
        let timer = Mutex<Timers.Timer?>(nil)
    }
}
