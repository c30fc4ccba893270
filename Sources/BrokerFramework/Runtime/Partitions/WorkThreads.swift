/// Threads that run what is handed to them, soon and in no particular order.
package protocol WorkThreads: Sendable {
    func run(_ work: @escaping @Sendable () -> Void)
}

extension WorkThreads {
    /// Runs `work`, which may block; returns when it is done.
    package func perform(_ work: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { continuation in
            run {
                work()
                continuation.resume()
            }
        }
    }

    /// Runs `work` for each of `items`, several at a time; returns when all are done.
    package func forEach<Item: Sendable>(_ items: [Item], _ work: @escaping @Sendable (Item) -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            for item in items { group.addTask { await perform { work(item) } } }
        }
    }
}
