internal import NIOPosix

/// The threads for everything that may block: flushing, deleting, recovering.
package final class Workers: Sendable {
    private let pool: NIOThreadPool

    package init(count: Int) {
        pool = NIOThreadPool(numberOfThreads: count)
        pool.start()
    }

    /// Runs `work` soon, on one of the threads.
    package func run(_ work: @escaping @Sendable () -> Void) {
        pool.submit { state in
            // Work that was submitted before the end is still done.
            _ = state
            work()
        }
    }

    /// Runs `work` for each of `items`, several at a time; returns when all are done.
    package func forEach<Item: Sendable>(_ items: [Item], _ work: @escaping @Sendable (Item) -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            for item in items {
                group.addTask { [self] in
                    await withCheckedContinuation { continuation in
                        run {
                            work(item)
                            continuation.resume()
                        }
                    }
                }
            }
        }
    }

    /// Waits for what is under way and ends the threads.
    package func stop() async { try? await pool.shutdownGracefully() }
}
