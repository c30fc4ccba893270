internal import NIOPosix
internal import Synchronization

/// The threads for everything that may block: flushing, deleting, recovering.
package final class Workers: WorkThreads {
    private struct State {
        var begunCount = 0
        var underWayCount = 0
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let pool: Mutex<NIOThreadPool>
    private let state = Mutex(State())

    package init(count: Int) {
        pool = Mutex(Self.started(count))
    }

    private static func started(_ count: Int) -> NIOThreadPool {
        let pool = NIOThreadPool(numberOfThreads: max(1, count))
        pool.start()
        return pool
    }

    /// From now on there are `count` threads. What was submitted before is still done, by the threads before.
    package func resize(to count: Int) {
        let old = pool.withLock { pool -> NIOThreadPool? in
            guard pool.numberOfThreads != max(1, count) else { return nil }
            defer { pool = Self.started(count) }
            return pool
        }
        old?.shutdownGracefully { _ in }
    }

    /// Runs `work` soon, on one of the threads.
    package func run(_ work: @escaping @Sendable () -> Void) {
        state.withLock { state in
            state.begunCount += 1
            state.underWayCount += 1
        }
        // Work that was submitted before the end is still done.
        pool.withLock { pool in
            pool.submit { [self] _ in
                work()
                finished()
            }
        }
    }

    private func finished() {
        let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.underWayCount -= 1
            guard state.underWayCount == 0 else { return [] }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// How much work was ever submitted.
    package var begunCount: Int { state.withLock { $0.begunCount } }

    /// Returns once nothing is under way.
    package func idle() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                if state.underWayCount > 0 { state.waiters.append(continuation) }
                return state.underWayCount == 0
            }
            if isIdle { continuation.resume() }
        }
    }

    /// Waits for what is under way and ends the threads.
    package func stop() async { try? await pool.withLock { $0 }.shutdownGracefully() }
}
