internal import Synchronization

/// Lets through so many events a second and counts the others: bad input must not fill the log.
package final class RateLimit: Sendable {
    private struct State {
        var second: Int64 = 0
        var admitted = 0
        var suppressed = 0
    }

    private let perSecond: Int
    private let monotonicMilliseconds: @Sendable () -> Int64
    private let state = Mutex(State())

    package init(perSecond: Int, monotonicMilliseconds: @escaping @Sendable () -> Int64) {
        self.perSecond = perSecond
        self.monotonicMilliseconds = monotonicMilliseconds
    }

    /// How many events were suppressed since the last one admitted; nil to suppress this one too.
    package func admit() -> Int? {
        let second = monotonicMilliseconds() / 1000
        return state.withLock { state in
            if state.second != second {
                state.second = second
                state.admitted = 0
            }
            guard state.admitted < perSecond else {
                state.suppressed += 1
                return nil
            }
            state.admitted += 1
            defer { state.suppressed = 0 }
            return state.suppressed
        }
    }
}
