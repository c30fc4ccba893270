import BrokerCommitLog
package import BrokerMetrics
package import BrokerModel
package import BrokerWorld
internal import Synchronization

/// Flushes partitions' logs to the disk, one flush for all appends that wait for it.
package final class Flusher: Sendable {
    private struct Pending {
        var upTo: Offset
        var then: @Sendable (Bool) -> Void
    }

    private let workers: Workers
    /// By partition: what waits for its next flush. A partition with an entry has a flush under way.
    private let pending = Mutex<[ObjectIdentifier: [Pending]]>([:])

    private let world: World
    /// How long flushes took.
    package let durations = LatencyHistogram()

    package init(workers: Workers, world: World) {
        self.workers = workers
        self.world = world
    }

    /// Calls `then` once everything below `upTo` is on the disk, or with false if it cannot be brought there.
    package func flush(_ partition: Partition, upTo: Offset, then: @escaping @Sendable (Bool) -> Void) {
        let key = ObjectIdentifier(partition)
        let begins = pending.withLock { pending in
            let begins = pending[key] == nil
            pending[key, default: []].append(Pending(upTo: upTo, then: then))
            return begins
        }
        guard begins else { return }
        let threads: any WorkThreads = partition.logs.threads ?? workers
        threads.run { [self] in run(partition, key) }
    }

    private func run(_ partition: Partition, _ key: ObjectIdentifier) {
        while true {
            let batch = pending.withLock { pending -> [Pending] in
                let batch = pending[key] ?? []
                pending[key] = batch.isEmpty ? nil : []
                return batch
            }
            guard !batch.isEmpty else { return }
            var succeeded = true
            let begun = world.monotonicNanoseconds()
            do {
                _ = try partition.log.flush(upTo: batch.map(\.upTo).max() ?? 0, now: world.wallMilliseconds())
            } catch { succeeded = false }
            durations.record(nanoseconds: UInt64(clamping: world.monotonicNanoseconds() - begun))
            for waiting in batch { waiting.then(succeeded) }
        }
    }
}
