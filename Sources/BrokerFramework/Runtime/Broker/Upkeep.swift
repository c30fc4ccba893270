import BrokerCommitLog
import BrokerMetadata
import BrokerModel
import BrokerWorld
import Logging
import NIOCore
import Synchronization

/// What a broker does from time to time, on the workers: flushes that are due, checkpoints, retention, removals.
final class Upkeep: Sendable {
    private let config: BrokerConfig
    private let partitions: PartitionTable
    private let storages: TopicStorages
    private let metadataLog: PartitionLog
    private let flusher: Flusher
    private let workers: Workers
    private let cleaner: Cleaner
    private let eventLoops: [any EventLoop]
    private let world: World
    private let logger: Logger
    private let timers: Timers
    private let tasks = Mutex<[Timers.Timer]>([])
    private let isStopped = Atomic(false)
    /// One round at a time of each kind, however long it takes.
    private let running = Mutex<Set<String>>([])

    init(
        config: BrokerConfig, partitions: PartitionTable, storages: TopicStorages, metadataLog: PartitionLog,
        flusher: Flusher, workers: Workers, cleaner: Cleaner, eventLoops: [any EventLoop], world: World, logger: Logger,
        timers: Timers
    ) {
        self.config = config
        self.partitions = partitions
        self.storages = storages
        self.metadataLog = metadataLog
        self.flusher = flusher
        self.workers = workers
        self.cleaner = cleaner
        self.eventLoops = eventLoops
        self.world = world
        self.logger = logger
        self.timers = timers
    }

    func start() {
        every(config.long("log.flush.offset.checkpoint.interval.ms"), "checkpoint") { upkeep, logs in
            try logs.checkpoint(metadataLog: logs === upkeep.storages.main ? upkeep.metadataLog : nil)
        }
        every(config.long("log.retention.check.interval.ms"), "retention") { upkeep, logs in
            upkeep.touchForgotten(in: logs)
            upkeep.cleanAside(in: logs) { !$0.settings.plugins.rewritesRecords }
        }
        if config.flag("log.cleaner.enable") {
            every(config.long("log.cleaner.backoff.ms"), "cleaning") { upkeep, logs in
                upkeep.cleanAside(in: logs) { $0.settings.plugins.rewritesRecords }
            }
        }
        every(1000, "flush") { upkeep, logs in
            upkeep.flushWhatIsDue(in: logs)
            logs.removeDoomed()
        }
        let timer = timers.every(milliseconds: 20_000) { [weak self] in
            self?.begin("memory") { upkeep in
                Machine.returnFreedMemory { work in
                    for eventLoop in upkeep.eventLoops { eventLoop.execute(work) }
                }
            }
        }
        tasks.withLock { $0.append(timer) }
    }

    /// Begins nothing more; a round under way ends soon.
    func stop() {
        isStopped.store(true, ordering: .relaxed)
        let tasks = tasks.withLock { tasks in
            defer { tasks = [] }
            return tasks
        }
        for task in tasks { task.cancel() }
    }

    /// Does `work` from time to time for each storage, where that one is called.
    private func every(
        _ milliseconds: Int64, _ name: String, _ work: @escaping @Sendable (Upkeep, LogManager) throws -> Void
    ) {
        guard milliseconds > 0 else { return }
        let task = timers.every(milliseconds: milliseconds) { [weak self] in
            guard let self else { return }
            for logs in storages.open { begin(name, in: logs) { try work($0, logs) } }
        }
        tasks.withLock { $0.append(task) }
    }

    /// Runs `work` soon, unless what has that name still runs.
    ///
    /// - Parameter logs: what it is about; nil if it is about none of them.
    private func begin(
        _ name: String, in logs: LogManager? = nil, _ work: @escaping @Sendable (Upkeep) throws -> Void
    ) {
        let name = logs?.storage.map { "\(name) in \($0)" } ?? name
        guard running.withLock({ $0.insert(name).inserted }) else { return }
        let threads: any WorkThreads = logs?.threads ?? workers
        threads.run {
            do { try work(self) } catch {
                self.logger.error("upkeep failed", metadata: ["task": "\(name)", "error": "\(error)"])
            }
            _ = self.running.withLock { $0.remove(name) }
        }
    }

    private func flushWhatIsDue(in logs: LogManager) {
        let now = world.wallMilliseconds()
        for partition in partitions.all where partition.logs === logs {
            // A sealed segment is flushed soon, so that a crash does not make it be read again.
            if partition.log.isFlushDue(now: now) {
                flusher.flush(partition, upTo: partition.log.logEndOffset) { _ in }
            } else if partition.log.recoveryPoint < partition.log.activeBaseOffset {
                flusher.flush(partition, upTo: partition.log.activeBaseOffset) { succeeded in
                    if succeeded { try? partition.log.removeOldSnapshots() }
                }
            }
        }
    }

    /// Does what cleanup policies want done. May block, for long.
    func clean() { clean(partitions.all) }

    /// The same aside, the partitions of each policy apart: one that holds up its round holds up no other.
    private func cleanAside(in logs: LogManager, _ isWanted: (Partition) -> Bool) {
        let wanted = partitions.all.filter { $0.logs === logs && isWanted($0) }
        let rounds = Dictionary(grouping: wanted) { partition in
            partition.settings.plugins.cleanupPolicies.map(\.use.monitor.name).joined(separator: ",")
        }
        for (policies, partitions) in rounds.sorted(by: { $0.key < $1.key }) {
            begin("cleaning by \(policies)", in: logs) { $0.clean(partitions) }
        }
    }

    private func clean(_ partitions: [Partition]) {
        for partition in partitions where !isStopped.load(ordering: .relaxed) {
            do {
                try cleaner.clean(partition)
                partition.log.removeExpiredProducers(now: world.wallMilliseconds())
            } catch { cleaningFailed(partition.topic, error) }
        }
    }

    /// Records grow old in partitions that nobody uses, too. One without records goes on costing nothing. May block.
    func touchForgotten() {
        for logs in storages.open { touchForgotten(in: logs) }
    }

    private func touchForgotten(in logs: LogManager) {
        for partition in partitions.forgotten(in: logs) where !isStopped.load(ordering: .relaxed) {
            do {
                guard try logs.size(of: partition) > 0 else { continue }
                _ = try partitions.leading(partition.topic, partition.partition)
            } catch { cleaningFailed(partition, error) }
        }
    }

    private func cleaningFailed(_ partition: TopicPartition, _ error: any Error) {
        logger.error("cleaning failed", metadata: ["partition": "\(partition)", "error": "\(error)"])
    }
}
