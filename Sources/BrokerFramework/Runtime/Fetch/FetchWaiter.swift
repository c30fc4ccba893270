package import NIOCore
internal import Synchronization

/// A fetch that waits for bytes to arrive on any of its partitions.
///
/// It hangs on them and counts what is appended; so waiting costs what arrives, not how much is waited for.
package final class FetchWaiter: Sendable {
    private struct State {
        var missing: Int
        var isWoken = false
        var isAbandoned = false
    }

    private let state: Mutex<State>
    private let eventLoop: any EventLoop
    private let wake: @Sendable () -> Void

    /// - Parameters:
    ///   - missing: how many bytes must be appended before the fetch is looked at again.
    ///   - wake: called once, on `eventLoop`.
    package init(missing: Int, eventLoop: any EventLoop, wake: @escaping @Sendable () -> Void) {
        state = Mutex(State(missing: missing))
        self.eventLoop = eventLoop
        self.wake = wake
    }

    /// Bytes were appended to one of the partitions.
    package func appended(_ byteCount: Int) { notice { $0.missing -= byteCount } }

    /// One of the partitions changed in a way that the fetch must be told of.
    package func disturbed() { notice { $0.missing = 0 } }

    /// Wakes the fetch at once, unless it was woken before.
    package func expired() { notice { $0.missing = 0 } }

    /// The connection has gone: wakes the fetch so that it lets go of everything.
    package func abandon() {
        state.withLock { $0.isAbandoned = true }
        expired()
    }

    /// Whether there is nobody left to answer.
    package var isAbandoned: Bool { state.withLock { $0.isAbandoned } }

    private func notice(_ change: (inout State) -> Void) {
        let wakes = state.withLock { state in
            guard !state.isWoken else { return false }
            change(&state)
            guard state.missing <= 0 else { return false }
            state.isWoken = true
            return true
        }
        // Also on the loop itself: the append that wakes the fetch is answered first.
        if wakes { eventLoop.execute(wake) }
    }
}
