package import BrokerModel
package import BrokerPluginAPI
package import BrokerPrimitives
internal import NIOCore

/// One log directory: the files beside the partitions' directories. All calls may block. Safe on any thread; two
/// writes of one checkpoint must not overlap.
package final class LogDirectory: Sendable {
    /// The files that have one offset for each partition.
    package enum Checkpoint: String, Sendable, CaseIterable {
        case recoveryPoint = "recovery-point-offset-checkpoint"
        case highWatermark = "replication-offset-checkpoint"
        case logStart = "log-start-offset-checkpoint"
        case cleaner = "cleaner-offset-checkpoint"
    }

    /// What the directory looked like when it was opened.
    package struct Opened: Sendable {
        package var directory: LogDirectory
        /// Nil if the directory was never formatted, or the file cannot be read.
        package var meta: MetaProperties?
        /// Whether it was left in order. Known once: the mark is gone, durably, when this is returned.
        package var wasClean: Bool
        /// The broker epoch of the clean stop; −1 if unknown.
        package var previousBrokerEpoch: Int64
        package var recoveryPoints: [TopicPartition: Offset]
        package var highWatermarks: [TopicPartition: Offset]
        package var logStartOffsets: [TopicPartition: Offset]
        package var cleanerOffsets: [TopicPartition: Offset]
        package var partitions: [PartitionDirectoryName]

        /// What to open a partition's log with. A partition without a directory costs no I/O.
        package func facts(for partition: TopicPartition) -> LogRecoveryFacts {
            LogRecoveryFacts(
                wasClean: wasClean, recoveryPoint: recoveryPoints[partition] ?? 0,
                logStartOffset: logStartOffsets[partition] ?? 0, hasDirectory: owned.contains(partition))
        }

        /// The partitions that have a directory of their own, without suffix.
        package let owned: Set<TopicPartition>
    }

    package let storage: any StorageBackend
    private let lock: any StorageLock

    private init(storage: any StorageBackend, lock: any StorageLock) {
        self.storage = storage
        self.lock = lock
    }

    /// Locks the directory, takes note of how it was left, and removes the mark of a clean stop before anything
    /// else: a crash from here on must be seen as one.
    ///
    /// - Throws: `.locked` if another broker runs on it.
    package static func open(_ storage: any StorageBackend) throws(StorageError) -> Opened {
        let lock = try storage.lock(".lock")
        let mark = try storage.readWhole(CleanShutdownFile.fileName, limit: 1 << 16)
        if mark != nil {
            try storage.remove(CleanShutdownFile.fileName)
            try storage.synchronizeDirectory("")
        }
        let directory = LogDirectory(storage: storage, lock: lock)
        let partitions = try directory.partitions()
        return Opened(
            directory: directory,
            meta: try storage.readWhole(MetaProperties.fileName, limit: 1 << 16).flatMap { MetaProperties($0) },
            wasClean: mark != nil, previousBrokerEpoch: mark.map { CleanShutdownFile($0).brokerEpoch } ?? -1,
            recoveryPoints: try directory.read(.recoveryPoint), highWatermarks: try directory.read(.highWatermark),
            logStartOffsets: try directory.read(.logStart), cleanerOffsets: try directory.read(.cleaner),
            partitions: partitions, owned: Set(partitions.filter { $0.suffix == nil }.map(\.partition)))
    }

    /// Writes `meta.properties`; part of formatting.
    package static func format(_ storage: any StorageBackend, _ meta: MetaProperties) throws(StorageError) {
        try storage.replaceWhole(MetaProperties.fileName, with: meta.encoded)
    }

    /// The partitions' directories, by name.
    package func partitions() throws(StorageError) -> [PartitionDirectoryName] {
        try storage.list("").filter(\.isDirectory).compactMap { PartitionDirectoryName($0.name) }
    }

    /// A checkpoint's offsets; none if the file is missing or damaged, which costs recovery time and nothing else.
    package func read(_ checkpoint: Checkpoint) throws(StorageError) -> [TopicPartition: Offset] {
        try storage.readWhole(checkpoint.rawValue).flatMap(CheckpointText.decodeOffsets) ?? [:]
    }

    /// Replaces a checkpoint, durably.
    package func write(_ checkpoint: Checkpoint, _ offsets: [TopicPartition: Offset]) throws(StorageError) {
        try storage.replaceWhole(checkpoint.rawValue, with: CheckpointText.encode(offsets))
    }

    /// The topic id that a partition's directory names; nil if it names none.
    package func topicID(of name: PartitionDirectoryName) throws(StorageError) -> KafkaUUID? {
        try storage.readWhole("\(name)/\(LogFileName.partitionMetadata)", limit: 1 << 16)
            .flatMap(PartitionMetadata.decode)
    }

    /// Removes a directory that was renamed for that.
    package func remove(_ name: PartitionDirectoryName) throws(StorageError) {
        try storage.remove(name.description)
        try storage.synchronizeDirectory("")
    }

    /// Leaves the directory in order. The last thing to do, after every log is closed and the checkpoints written.
    package func closeCleanly(brokerEpoch: Int64) throws(StorageError) {
        try storage.replaceWhole(CleanShutdownFile.fileName, with: CleanShutdownFile(brokerEpoch: brokerEpoch).encoded)
        lock.release()
    }

    /// Leaves the directory as after a crash, for one that failed.
    package func abandon() { lock.release() }

    // MARK: The Raft quorum's files

    /// The quorum state in a partition's directory; nil if there is none.
    ///
    /// - Throws: also if the file is damaged: a vote must not be forgotten.
    package func quorumState(in directory: String) throws(StorageError) -> QuorumStateFile? {
        let path = directory + "/" + QuorumStateFile.fileName
        guard let bytes = try storage.readWhole(path, limit: 1 << 20) else { return nil }
        guard let state = QuorumStateFile(bytes) else {
            throw StorageError(.failed, "\(path) is damaged; a vote given may be lost")
        }
        return state
    }

    /// Replaces the quorum state, durably.
    package func write(_ state: QuorumStateFile, in directory: String) throws(StorageError) {
        try storage.replaceWhole(directory + "/" + QuorumStateFile.fileName, with: state.encoded)
    }

    /// The complete snapshots in a partition's directory, oldest first.
    package func snapshots(in directory: String) throws(StorageError) -> [MetadataSnapshotName] {
        try storage.list(directory).compactMap { MetadataSnapshotName.parse($0.name) }
            .filter { $0.stage == .complete }.map(\.id).sorted()
    }
}
