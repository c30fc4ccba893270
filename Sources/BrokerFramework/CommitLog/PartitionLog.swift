package import BrokerModel
package import BrokerPluginAPI
package import BrokerPrimitives
package import NIOCore
internal import Synchronization

/// The log of one partition, in Kafka's files.
///
/// Safe on any thread. Reads, lookups and appends may run at the same time; appends, cuts and closing exclude each
/// other. One lock guards what is known and is held for microseconds: of all I/O only an append's own write happens
/// under it. Calls that say "may block" are not for an event loop.
///
/// Lazy: a partition that was never written has no directory, file or descriptor, and opening it does no I/O.
package final class PartitionLog: Sendable {
    package let partition: TopicPartition
    package let storage: any StorageBackend
    /// What opening the log found and did.
    package let recovery: LogRecoveryReport

    /// Held by whoever changes the log, over I/O too.
    let writer = Mutex<Void>(())
    /// Held by whoever makes it durable, over I/O too.
    let flusher = Mutex<Void>(())
    let state: Mutex<LogState>
    private let hasDirectory: Atomic<Bool>

    init(partition: TopicPartition, state: LogState, recovery: LogRecoveryReport, hasDirectory: Bool) {
        self.partition = partition
        storage = state.storage
        self.recovery = recovery
        self.state = Mutex(state)
        self.hasDirectory = Atomic(hasDirectory)
    }

    /// Opens a partition's log, repairing what a crash left (see `LogLoader`). May block.
    ///
    /// - Parameters:
    ///   - topicID: written to `partition.metadata` with the first record; nil to write none.
    ///   - directory: relative to the storage's root; normally the partition's name.
    package static func open(
        _ partition: TopicPartition, topicID: KafkaUUID?, directory: String, storage: any StorageBackend,
        configuration: LogConfiguration, facts: LogRecoveryFacts, now: Timestamp
    ) throws(LogError) -> PartitionLog {
        var loader = LogLoader(
            directory: directory, storage: storage, configuration: configuration, facts: facts, now: now)
        try loader.load()
        var state = loader.state
        if state.topicID == nil { state.topicID = topicID }
        return PartitionLog(
            partition: partition, state: state, recovery: loader.report, hasDirectory: loader.foundMetadata)
    }

    // MARK: Facts

    package var logStartOffset: Offset { state.withLock { $0.logStartOffset } }
    /// The offset the next record will have.
    package var logEndOffset: Offset { state.withLock { $0.logEndOffset } }
    /// The first offset that the active segment holds or will hold.
    package var activeBaseOffset: Offset { state.withLock { $0.active.baseOffset } }
    /// Everything below is durable, for `recovery-point-offset-checkpoint`.
    package var recoveryPoint: Offset { state.withLock { $0.recoveryPoint } }
    /// The bytes of all segments.
    package var byteCount: Int64 {
        state.withLock { state in state.sealed.reduce(Int64(state.active.size)) { $0 + Int64($1.size) } }
    }
    /// The directory, relative to the storage's root.
    package var directory: String { state.withLock { $0.directory } }
    /// From `partition.metadata`, or as given when the log was opened.
    package var topicID: KafkaUUID? { state.withLock { $0.topicID } }
    package var configuration: LogConfiguration { state.withLock { $0.configuration } }
    /// Why the log is offline or closed; nil while it works.
    package var failure: LogError? { state.withLock { $0.failure } }
    /// Whether `flush.messages` or `flush.ms` asks for a flush now.
    package func isFlushDue(now: Timestamp) -> Bool {
        state.withLock { state in
            let unflushed = state.logEndOffset - state.recoveryPoint
            return unflushed > 0
                && (unflushed >= state.configuration.flushMessages
                    || now - state.lastFlush >= state.configuration.flushMilliseconds)
        }
    }

    /// From now on behaves as `configuration` says.
    package func reconfigure(_ configuration: LogConfiguration) {
        state.withLock { $0.configuration = configuration }
    }

    // MARK: Appending

    /// Appends batches as the partition's leader. The only I/O is one write, except for the first record ever, which
    /// makes the directory and `partition.metadata`.
    ///
    /// The batches must have been validated (checksums, records); headers are checked again. Base offset, leader
    /// epoch and, for log-append time, timestamp and checksum are set in place, in the buffer's storage: the bytes must
    /// be nobody else's to read, even where other buffers share the storage.
    ///
    /// - Throws: nothing was appended then. After `.noSpace` the same append may be tried again.
    package func append(
        _ records: inout ByteBuffer, leaderEpoch: LeaderEpoch, origin: AppendOrigin, now: Timestamp
    ) throws(LogError) -> AppendResult {
        try writer.withLock { _ throws(LogError) in
            try makeDirectory()
            return try state.withLock { state throws(LogError) in
                try state.append(&records, leaderEpoch: leaderEpoch, origin: origin, now: now)
            }
        }
    }

    /// Appends batches fetched from the leader, which keep their offsets and epochs; a batch cut off at the end is
    /// left out. Checksums are checked.
    ///
    /// - Parameter contiguous: whether the first batch must begin at the log's end and each at the end of the one
    ///   before, as in the metadata log. Otherwise offsets may be skipped: cleaning leaves holes.
    package func appendReplicated(
        _ records: ByteBuffer, contiguous: Bool = false, now: Timestamp
    ) throws(LogError) -> AppendResult {
        try writer.withLock { _ throws(LogError) in
            try makeDirectory()
            return try state.withLock { state throws(LogError) in
                try state.appendReplicated(records, contiguous: contiguous, now: now)
            }
        }
    }

    /// Notes that records of `epoch` will begin at the log's end, as a new leader does before its first append.
    package func assignEpoch(_ epoch: LeaderEpoch) {
        state.withLock { state in
            if state.epochs.assign(epoch, startOffset: state.logEndOffset) { state.epochsAreDirty = true }
        }
    }

    /// Makes the directory with its `partition.metadata`, the first time.
    ///
    /// It becomes durable with the first flush, before the recovery point moves: no fsync on the append path.
    func makeDirectory() throws(LogError) {
        if hasDirectory.load(ordering: .acquiring) { return }
        let (directory, topicID, failure) = state.withLock { ($0.directory, $0.topicID, $0.failure) }
        if let failure { throw failure }
        if let topicID {
            do {
                try storage.replaceWhole(
                    directory + "/" + LogFileName.partitionMetadata, with: PartitionMetadata.encode(topicID),
                    durably: false)
            } catch { throw state.withLock { $0.fail(error) } }
            state.withLock { state in
                state.metadataIsDirty = true
                state.directoryIsDirty = true
            }
        }
        hasDirectory.store(true, ordering: .releasing)
    }

    // MARK: Producers

    /// Prepares for a producer's first write of a transaction: hand the guard in with the append once the
    /// transaction coordinator has confirmed the transaction. Nil if a transaction is open already.
    package func startVerification(
        _ producerID: ProducerID, epoch: ProducerEpoch, sequence: Int32, now: Timestamp
    ) -> VerificationGuard? {
        state.withLock { $0.producers.startVerification(producerID, epoch: epoch, sequence: sequence, now: now) }
    }

    package func hasOpenTransaction(_ producerID: ProducerID, epoch: ProducerEpoch) -> Bool {
        state.withLock { $0.producers.hasOpenTransaction(producerID, epoch: epoch) }
    }

    /// All producers the log remembers, by id.
    package var activeProducers: [ProducerState] { state.withLock { $0.producers }.list }

    package func removeExpiredProducers(now: Timestamp) {
        state.withLock { state in
            state.producers.removeExpired(
                now: now, lifetime: state.configuration.producerExpirationMilliseconds)
        }
    }

    /// Below this offset every transaction is decided, given the high watermark; at most that.
    package func lastStableOffset(highWatermark: Offset) -> Offset {
        state.withLock { $0.producers.lastStableOffset(highWatermark: highWatermark) }
    }

    // MARK: Epochs

    /// Where each leader's records begin.
    package var leaderEpochs: LeaderEpochs { state.withLock { $0.epochs } }

    package var latestEpoch: LeaderEpoch? { state.withLock { $0.epochs.latest } }

    /// Where `epoch` ended: the largest known epoch not above it, and the first offset after its records; −1 and −1
    /// if it is unknown. Source: KIP-101, KIP-279.
    package func endOffset(for epoch: LeaderEpoch) -> (epoch: LeaderEpoch, endOffset: Offset) {
        state.withLock { $0.epochs.endOffset(for: epoch, logEndOffset: $0.logEndOffset) }
    }

    package func epoch(for offset: Offset) -> LeaderEpoch? { state.withLock { $0.epochs.epoch(for: offset) } }
}
