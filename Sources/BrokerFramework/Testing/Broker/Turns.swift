internal import Synchronization

/// Lets what takes time be done one after the other, in the order in which it was asked for.
final class Turns: Sendable {
    private struct State {
        var isTaken = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Runs `work` when all that came before is done. Waits on even if the task is cancelled: it is `work` that decides
    /// what to do then.
    func run<Failure: Error>(_ work: () async throws(Failure) -> Void) async throws(Failure) {
        await take()
        defer { pass() }
        try await work()
    }

    private func take() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                defer { state.isTaken = true }
                if state.isTaken { state.waiting.append(continuation) }
                return !state.isTaken
            }
            if isFree { continuation.resume() }
        }
    }

    /// Hands the turn on.
    private func pass() {
        let next = state.withLock { state in
            state.isTaken = !state.waiting.isEmpty
            return state.waiting.isEmpty ? nil : state.waiting.removeFirst()
        }
        next?.resume()
    }
}
