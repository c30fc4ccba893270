package import BrokerCommitLog
package import BrokerMetadata
package import BrokerModel
package import BrokerPluginAPI
internal import BrokerPrimitives
package import BrokerWorld
package import Logging
internal import Synchronization

/// The logs in one log directory of this broker: opens them, notes how far they are safe, and lets go of what is old.
///
/// Safe on any thread. Opening a log that was left in order is done when it is first used; after a crash all of them
/// are recovered before the broker serves.
package final class LogManager: Sendable {
    struct State {
        var logs: [TopicPartition: PartitionLog] = [:]
        /// Partitions whose log is being opened, deleted or closed, and how many threads are in it or wait for it.
        var turns: [TopicPartition: (turn: Turn, userCount: Int)] = [:]
        /// Up to where rewriting passes have seen a log.
        var cleaned: [TopicPartition: Offset] = [:]
        /// Whether every log is known to be in order: the directory was left so, or they were recovered.
        var isInOrder: Bool
        /// What was there at the start and belongs here.
        var owned: [(partition: TopicPartition, topic: TopicID)] = []
        /// Deleted since the start: what was on the disk then says nothing of a partition of that name now.
        var deleted: Set<TopicPartition> = []
        /// Whoever still asks for one of these comes too late.
        var deletedTopics: Set<TopicID> = []
        /// No log is opened any more.
        var isClosed = false
    }

    /// Held over I/O by whoever opens a partition's log or lets go of it.
    final class Turn: Sendable {
        let mutex = Mutex(())
    }

    /// The name of the storage, if it is one that topics have chosen in place of the broker's own.
    package let storage: String?
    /// Where this storage is called, so that it holds up nobody else; nil for the broker's own, which requests and workers
    /// call as it suits them.
    package let threads: PluginThreads?
    let directory: LogDirectory
    let opened: LogDirectory.Opened
    let world: World
    let logger: Logger
    private let doomed: DoomedFiles
    let state: Mutex<State>
    /// Held while checkpoints are gathered and written: an older one must not come last.
    private let checkpointing = Mutex(())

    package init(
        opened: LogDirectory.Opened, storage: String? = nil, threads: PluginThreads? = nil, world: World, logger: Logger
    ) {
        self.storage = storage
        self.threads = threads
        directory = opened.directory
        self.opened = opened
        doomed = DoomedFiles(world)
        state = Mutex(State(isInOrder: opened.wasClean))
        self.world = world
        self.logger = logger
    }

    /// The log of a partition, opened if it is not. A partition that was never written costs no I/O; opening another
    /// may block, and partitions do not wait for one another.
    ///
    /// - Throws: `.closed` also if the topic is deleted, or another one of that name that was there before is not yet.
    package func log(
        of partition: TopicPartition, topicID: TopicID, configuration: LogConfiguration
    ) throws(LogError) -> PartitionLog {
        if let log = try known(partition, topicID) { return log }
        return try inTurn(partition) { () throws(LogError) in
            // Another thread may have been faster.
            if let log = try known(partition, topicID) { return log }
            let wasDeleted = state.withLock { $0.deleted.contains(partition) }
            let log = try PartitionLog.open(
                partition, topicID: topicID, directory: partition.description, storage: directory.storage,
                configuration: configuration, facts: wasDeleted ? .nothing : opened.facts(for: partition),
                now: world.wallMilliseconds())
            guard log.topicID == topicID else { throw .closed }
            state.withLock { $0.logs[partition] = log }
            return log
        }
    }

    private func known(_ partition: TopicPartition, _ topicID: TopicID) throws(LogError) -> PartitionLog? {
        let (log, isGone) = state.withLock {
            ($0.logs[partition], $0.isClosed || $0.deletedTopics.contains(topicID))
        }
        guard !isGone, log == nil || log?.topicID == topicID else { throw .closed }
        return log
    }

    /// Runs `body` while nobody else opens the partition's log or lets go of it.
    private func inTurn<Result, Failure: Error>(
        _ partition: TopicPartition, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let turn = state.withLock { state in
            let turn = state.turns[partition]?.turn ?? Turn()
            state.turns[partition, default: (turn, 0)].userCount += 1
            return turn
        }
        defer {
            state.withLock { state in
                let rest = (state.turns[partition]?.userCount ?? 1) - 1
                if rest > 0 { state.turns[partition]?.userCount = rest } else { state.turns[partition] = nil }
            }
        }
        return try turn.mutex.withLock { _ throws(Failure) in try body() }
    }

    /// What a partition's records take on the disk, in bytes; 0 if none was ever written. May block.
    package func size(of partition: TopicPartition) throws(StorageError) -> Int64 {
        let (log, wasDeleted) = state.withLock { ($0.logs[partition], $0.deleted.contains(partition)) }
        if let log { return log.byteCount }
        guard opened.owned.contains(partition), !wasDeleted else { return 0 }
        return try directory.storage.list(partition.description).reduce(0) { size, entry in
            let file = LogFileName.parse(entry.name)
            return file?.kind == .log && file?.stage == nil ? size + entry.size : size
        }
    }

    /// The partitions that were on the disk at the start and are still there, with where their logs began.
    package var stored: [TopicPartition: Offset] {
        let deleted = state.withLock { $0.deleted }
        var stored: [TopicPartition: Offset] = [:]
        for partition in opened.owned where partition != MetadataLog.partition && !deleted.contains(partition) {
            stored[partition] = opened.logStartOffsets[partition] ?? 0
        }
        return stored
    }

    /// The room that the log directory's volume has. May block.
    package func space() throws(StorageError) -> StorageSpace { try directory.storage.space() }

    // MARK: Deleting

    /// Lets go of a topic's logs: their directories get another name now and are removed later.
    package func delete(_ topic: TopicImage) {
        var moved = false
        state.withLock { _ = $0.deletedTopics.insert(topic.id) }
        do {
            for number in topic.partitions.indices {
                let partition = TopicPartition(topic: topic.name, partition: PartitionIndex(number))
                if try inTurn(partition, { try delete(partition) }) { moved = true }
            }
            if moved { try directory.storage.synchronizeDirectory("") }
        } catch {
            logger.error(
                "a deleted topic's directories cannot be removed",
                metadata: ["topic": "\(topic.name)", "error": "\(error)"])
        }
    }

    /// Answers whether a directory got another name that is not durable yet.
    private func delete(_ partition: TopicPartition) throws -> Bool {
        var generator = world.generator
        let name = PartitionDirectoryName(partition, suffix: .delete, unique: KafkaUUID.random(using: &generator))
        let (log, wasDeleted) = state.withLock { state in
            (state.logs.removeValue(forKey: partition), !state.deleted.insert(partition).inserted)
        }
        if let log {
            guard try log.delete(as: name) != nil else { return false }
            let delay = log.configuration.fileDeleteDelayMilliseconds
            doomed.add(after: delay) { [directory] in try directory.remove(name) }
            return false
        }
        guard opened.owned.contains(partition), !wasDeleted else { return false }
        do { try directory.storage.rename("\(partition)", to: "\(name)") } catch {
            if error.code == .notFound { return false }
            throw error
        }
        doomed.add(after: 60_000) { [directory] in try directory.remove(name) }
        return true
    }

    /// Removes what was deleted long enough ago. May block.
    package func removeDoomed() {
        doomed.removeDue { [logger] error in
            logger.error("something deleted cannot be removed", metadata: ["error": "\(error)"])
        }
    }

    // MARK: Cleaning

    /// The first offset of a partition that no rewriting pass has seen.
    package func firstUncleanedOffset(of partition: TopicPartition) -> Offset {
        let (cleaned, wasDeleted) = state.withLock { ($0.cleaned[partition], $0.deleted.contains(partition)) }
        return cleaned ?? (wasDeleted ? 0 : opened.cleanerOffsets[partition] ?? 0)
    }

    /// Notes that a rewriting pass has seen everything below `offset`.
    package func cleaned(_ partition: TopicPartition, below offset: Offset) {
        state.withLock { $0.cleaned[partition] = offset }
    }

    /// Unlinks files that were taken out of a log, after the delay for readers that still use them.
    package func unlinkLater(_ files: DeletedFiles, of log: PartitionLog, config: TopicConfig) {
        doomed.add(after: config.fileDeleteDelayMilliseconds) { try log.unlink(files) }
    }

    // MARK: Checkpoints and stopping

    package var all: [PartitionLog] { state.withLock { Array($0.logs.values) } }

    /// Notes how far each log is flushed and where it starts. May block.
    ///
    /// - Parameter metadataLog: the cluster's, if it is in this directory.
    package func checkpoint(metadataLog: PartitionLog? = nil) throws {
        try checkpointing.withLock { _ in try writeCheckpoints(metadataLog) }
    }

    private func writeCheckpoints(_ metadataLog: PartitionLog?) throws {
        // Logs that were not opened keep what was noted of them before.
        let deleted = state.withLock { $0.deleted }
        func isThere(_ partition: TopicPartition) -> Bool {
            opened.owned.contains(partition) && !deleted.contains(partition)
        }
        var recovery = opened.recoveryPoints.filter { isThere($0.key) }
        var starts = opened.logStartOffsets.filter { isThere($0.key) }
        var ends = opened.highWatermarks.filter { isThere($0.key) }
        var cleaned = opened.cleanerOffsets.filter { isThere($0.key) }
        cleaned.merge(state.withLock { $0.cleaned }) { $1 }
        for log in all {
            recovery[log.partition] = log.recoveryPoint
            starts[log.partition] = log.logStartOffset > 0 ? log.logStartOffset : nil
            ends[log.partition] = log.logEndOffset
        }
        if let metadataLog { recovery[metadataLog.partition] = metadataLog.recoveryPoint }
        try directory.write(.recoveryPoint, recovery)
        try directory.write(.logStart, starts)
        try directory.write(.highWatermark, ends)
        if !cleaned.isEmpty { try directory.write(.cleaner, cleaned) }
    }

    /// Flushes and closes every log; leaves the directory in order if all succeeded, and if it was in order before.
    package func close(
        metadataLog: PartitionLog? = nil, brokerEpoch: Int64, threads: any WorkThreads
    ) async {
        let failed = Mutex(false)
        let box = FailureBox(failed)
        let partitions = state.withLock { state in
            state.isClosed = true
            // What is being opened right now is waited for.
            return Set(state.logs.keys).union(state.turns.keys)
        }
        await threads.forEach(Array(partitions)) { [self] partition in
            inTurn(partition) {
                do { try state.withLock({ $0.logs[partition] })?.close(now: world.wallMilliseconds()) } catch {
                    logger.error(
                        "a log could not be closed in order",
                        metadata: ["partition": "\(partition)", "error": "\(error)"])
                    box.failed.withLock { $0 = true }
                }
            }
        }
        await threads.perform { [self] in
            leave(metadataLog, brokerEpoch, isInOrder: !box.failed.withLock { $0 } && state.withLock { $0.isInOrder })
        }
    }

    private func leave(_ metadataLog: PartitionLog?, _ brokerEpoch: Int64, isInOrder: Bool) {
        do {
            try checkpoint(metadataLog: metadataLog)
            guard isInOrder else { return directory.abandon() }
            try directory.closeCleanly(brokerEpoch: brokerEpoch)
        } catch {
            logger.error("the log directory could not be closed in order", metadata: ["error": "\(error)"])
            directory.abandon()
        }
    }

    private final class FailureBox: Sendable {
        let failed: Mutex<Bool>
        init(_ failed: consuming Mutex<Bool>) { self.failed = failed }
    }
}
