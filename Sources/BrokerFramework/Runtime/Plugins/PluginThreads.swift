internal import DequeModule
internal import NIOPosix
internal import Synchronization

/// The threads on which plug-ins may take their time, each made when it is needed.
///
/// A thread that a plug-in holds up is replaced, so that it holds up nobody else.
package final class PluginThreads: WorkThreads {
    private struct State {
        /// All there are, each a thread, and those of them that do nothing.
        var threads: [NIOThreadPool] = []
        var idle: [NIOThreadPool] = []
        var queue: Deque<@Sendable () -> Void> = []
        var runnerCount = 0
        /// How many runners are held up and do not count.
        var stuckCount = 0
        var begunCount = 0
        var waiters: [CheckedContinuation<Void, Never>] = []
        var isStopped = false
    }

    /// So many work at a time, and so many may be held up beside them.
    private static let (runnerLimit, stuckLimit) = (4, 28)
    private let state = Mutex(State())

    package init() {}

    /// Runs `work` soon, on one of the threads; at once if they have ended.
    package func run(_ work: @escaping @Sendable () -> Void) {
        let isStopped = state.withLock { state in
            if state.isStopped { return true }
            state.begunCount += 1
            state.queue.append(work)
            addRunnerIfThereIsRoom(&state)
            return false
        }
        if isStopped { work() }
    }

    /// So many of the threads are held up now.
    package func stuck(_ count: Int) {
        state.withLock { state in
            state.stuckCount = min(count, Self.stuckLimit)
            for _ in 0..<state.queue.count { addRunnerIfThereIsRoom(&state) }
        }
    }

    private func addRunnerIfThereIsRoom(_ state: inout State) {
        guard state.runnerCount < Self.runnerLimit + state.stuckCount else { return }
        state.runnerCount += 1
        let thread = state.idle.popLast() ?? Self.start(&state)
        thread.submit { _ in self.work(on: thread) }
    }

    private static func start(_ state: inout State) -> NIOThreadPool {
        let thread = NIOThreadPool(numberOfThreads: 1)
        thread.start()
        state.threads.append(thread)
        return thread
    }

    private func work(on thread: NIOThreadPool) {
        while let work = next(for: thread) { work() }
    }

    private func next(for thread: NIOThreadPool) -> (@Sendable () -> Void)? {
        let (work, waiters) = state.withLock { state -> ((@Sendable () -> Void)?, [CheckedContinuation<Void, Never>]) in
            if let work = state.queue.popFirst() { return (work, []) }
            state.runnerCount -= 1
            state.idle.append(thread)
            guard state.runnerCount == 0 else { return (nil, []) }
            defer { state.waiters = [] }
            return (nil, state.waiters)
        }
        for waiter in waiters { waiter.resume() }
        return work
    }

    /// How much work was ever begun.
    package var begunCount: Int { state.withLock { $0.begunCount } }

    /// Returns once nothing is under way.
    package func idle() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                if state.runnerCount > 0 { state.waiters.append(continuation) }
                return state.runnerCount == 0
            }
            if isIdle { continuation.resume() }
        }
    }

    /// Takes no more work and ends the threads; those that are held up end by themselves.
    package func stop() async {
        let threads = state.withLock { state in
            state.isStopped = true
            return state.threads
        }
        for thread in threads { thread.shutdownGracefully { _ in } }
    }
}
