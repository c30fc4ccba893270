import Synchronization

/// Results that come in any order, for one who waits for all of them.
final class Gathering<Value: Sendable>: Sendable {
    private struct State {
        var values: [Value?] = []
        var missingCount = 0
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// Makes room for one more; answers where to put it.
    func expect() -> Int {
        state.withLock { state in
            state.values.append(nil)
            state.missingCount += 1
            return state.values.count - 1
        }
    }

    /// Puts in what was expected, once.
    func put(_ value: Value, at index: Int) {
        let waiter = state.withLock { state in
            state.values[index] = value
            state.missingCount -= 1
            guard state.missingCount == 0 else { return nil as CheckedContinuation<Void, Never>? }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    /// All, in the order they were expected in, once they are there. To be asked for once, and last.
    func all() async -> [Value] {
        await withCheckedContinuation { continuation in
            let isComplete = state.withLock { state in
                if state.missingCount > 0 { state.waiter = continuation }
                return state.missingCount == 0
            }
            if isComplete { continuation.resume() }
        }
        return state.withLock { $0.values.compactMap { $0 } }
    }
}
