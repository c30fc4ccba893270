internal import DequeModule
internal import Synchronization

/// Appends to one partition, one after the other, on threads where plug-ins may take their time.
///
/// Safe on any thread.
final class AppendLane: Sendable {
    private struct State {
        var isWanted: Bool
        var waiting: Deque<@Sendable () -> Void> = []
        var isRunning = false
    }

    private let threads: PluginThreads
    private let state: Mutex<State>
    /// The state's, where reading it costs nothing.
    private let inUse: Atomic<Bool>

    init(_ threads: PluginThreads, isWanted: Bool) {
        self.threads = threads
        state = Mutex(State(isWanted: isWanted))
        inUse = Atomic(isWanted)
    }

    /// Whether appends must come here.
    var isInUse: Bool { inUse.load(ordering: .relaxed) }

    /// Whether plug-ins look at records from now on. What is on its way is still appended here.
    func isWanted(_ isWanted: Bool) {
        state.withLock { state in
            state.isWanted = isWanted
            inUse.store(isWanted || state.isRunning, ordering: .relaxed)
        }
    }

    /// Runs `append` after those before it.
    func run(_ append: @escaping @Sendable () -> Void) {
        let starts = state.withLock { state in
            state.waiting.append(append)
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if starts { threads.run { self.drain() } }
    }

    private func drain() {
        while let append = next() { append() }
    }

    private func next() -> (@Sendable () -> Void)? {
        state.withLock { state in
            if let append = state.waiting.popFirst() { return append }
            state.isRunning = false
            inUse.store(state.isWanted, ordering: .relaxed)
            return nil
        }
    }
}
