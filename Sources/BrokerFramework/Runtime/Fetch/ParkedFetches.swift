package import BrokerNetwork
internal import Synchronization

/// The fetches that wait for bytes, by connection, so that they end with it, or with the broker.
package final class ParkedFetches: Sendable {
    private struct State {
        var waiters: [UInt64: [ObjectIdentifier: FetchWaiter]] = [:]
        var isStopping = false
    }

    private let state = Mutex(State())

    package init() {}

    /// Whether fetches are to be answered with what there is.
    package var isStopping: Bool { state.withLock { $0.isStopping } }

    /// How many fetches wait.
    package var count: Int { state.withLock { $0.waiters.values.reduce(0) { $0 + $1.count } } }

    package func add(_ waiter: FetchWaiter, of peer: Peer) {
        let isStopping = state.withLock { state in
            state.waiters[peer.id, default: [:]][ObjectIdentifier(waiter)] = waiter
            return state.isStopping
        }
        if isStopping { waiter.expired() }
    }

    package func remove(_ waiter: FetchWaiter, of peer: Peer) {
        state.withLock { state in
            state.waiters[peer.id]?[ObjectIdentifier(waiter)] = nil
            if state.waiters[peer.id]?.isEmpty == true { state.waiters[peer.id] = nil }
        }
    }

    package func disconnected(_ peer: Peer) {
        let waiters = state.withLock { $0.waiters[peer.id] }
        for waiter in (waiters ?? [:]).values { waiter.abandon() }
    }

    /// Answers every waiting fetch with what there is, and from now on every fetch at once.
    package func stop() {
        let waiters = state.withLock { state in
            state.isStopping = true
            return state.waiters.values.flatMap(\.values)
        }
        for waiter in waiters { waiter.expired() }
    }
}
