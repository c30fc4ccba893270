package import BrokerCommitLog
import BrokerMetadata
package import BrokerModel
internal import BrokerPluginAPI
internal import BrokerPrimitives
internal import BrokerWorld
package import NIOCore
internal import Synchronization

/// A partition this broker leads: its log, who leads it since when, and the fetches that wait for it.
///
/// Safe on any thread. Appending and reading run on the callers' event loops; the locks are held for microseconds.
package final class Partition: Sendable {
    package let topic: TopicPartition
    package let id: TopicID
    package let log: PartitionLog
    /// Where the log is.
    let logs: LogManager
    /// This node.
    let leader: NodeID

    struct State {
        var leaderEpoch: LeaderEpoch
        var settings: TopicSettings
        var waiters: [ObjectIdentifier: FetchWaiter] = [:]
        var isGone = false
        /// Counted here because the lock is taken anyway; what is sent is counted in `bytesOut`.
        var traffic = Traffic()
    }

    let state: Mutex<State>
    private let lane: AppendLane
    private let world: World
    private let bytesOut = Atomic<UInt64>(0)

    init(
        topic: TopicPartition, id: TopicID, log: PartitionLog, logs: LogManager, leader: NodeID,
        leaderEpoch: LeaderEpoch, settings: TopicSettings, lane: AppendLane, world: World
    ) {
        self.topic = topic
        self.id = id
        self.log = log
        self.logs = logs
        self.leader = leader
        self.world = world
        self.lane = lane
        state = Mutex(State(leaderEpoch: leaderEpoch, settings: settings))
    }

    package var settings: TopicSettings { state.withLock { $0.settings } }
    package var leaderEpoch: LeaderEpoch { state.withLock { $0.leaderEpoch } }

    /// Where consumers may read to: with this broker as the only replica, the log's end.
    package var highWatermark: Offset { log.logEndOffset }

    /// What went in and out since the partition was first used.
    package var traffic: Traffic {
        var traffic = state.withLock { $0.traffic }
        traffic.bytesOut = bytesOut.load(ordering: .relaxed)
        return traffic
    }

    /// Notes that so many bytes of records are on their way to a consumer.
    func sent(_ byteCount: Int) { bytesOut.wrappingAdd(UInt64(clamping: byteCount), ordering: .relaxed) }

    // MARK: Changes of the metadata

    /// Takes over a new leader epoch.
    func lead(since epoch: LeaderEpoch) {
        let waiters = state.withLock { state -> [FetchWaiter] in
            guard epoch != state.leaderEpoch else { return [] }
            state.leaderEpoch = epoch
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.disturbed() }
    }

    func reconfigure(_ settings: TopicSettings) {
        state.withLock { $0.settings = settings }
        lane.isWanted(settings.plugins.seeRecords || logs.threads != nil)
    }

    /// The partition was deleted, or this broker leads it no more: whoever waits is told.
    func leave() {
        let waiters = state.withLock { state in
            state.isGone = true
            return state.waiters.values
        }
        for waiter in waiters { waiter.disturbed() }
    }

    // MARK: Appending

    /// Whether plug-ins look at the records first, or did for a batch that is still on its way, or the log is in a storage
    /// that may be waited for: then what clients send must go through ``append(_:then:)``, or it would overtake.
    package var appendsAside: Bool { PluginCalls.areMade && lane.isInUse }

    /// Appends what a client sent for this partition, on a thread where plug-ins may take their time, after everything
    /// that was handed in before.
    ///
    /// - Parameter done: called on any thread.
    package func append(
        _ batch: ProducedBatch, then done: @escaping @Sendable (Result<AppendedBatch, PartitionError>) -> Void
    ) {
        lane.run { [self] in
            done(Result { () throws(PartitionError) in try append(batch) })
        }
    }

    /// Appends what a client sent for this partition.
    package func append(_ batch: ProducedBatch) throws(PartitionError) -> AppendedBatch {
        let (settings, epoch, isGone) = state.withLock { state in
            state.traffic.produceRequests &+= 1
            return (state.settings, state.leaderEpoch, state.isGone)
        }
        guard !isGone else { throw PartitionError(.notLeaderOrFollower) }
        if TopicName.internalTopics.contains(topic.topic) {
            throw PartitionError(.invalidTopicException, "Clients may not write to internal topics.")
        }
        if batch.acks == -1, settings.config.minInSyncReplicas > 1 {
            throw PartitionError(
                .notEnoughReplicas,
                "The partition has 1 replica in sync; min.insync.replicas is \(settings.config.minInSyncReplicas).")
        }
        let now = world.wallMilliseconds()
        var admitted: BatchAdmission.Admitted
        do {
            admitted = try admit(batch, settings, now: now)
        } catch {
            var refusal = PartitionError(error)
            if error.code == .invalidRecord { refusal.logStartOffset = log.logStartOffset }
            throw refusal
        }
        if PluginCalls.areMade, let placement = settings.plugins.placement { try verify(admitted.bytes, placement) }
        let result: AppendResult
        do { result = try log.append(&admitted.bytes, leaderEpoch: epoch, origin: .client, now: now) } catch {
            let failure = PartitionError(error)
            if failure.code == .kafkaStorageError { state.withLock { $0.traffic.failedProduceRequests &+= 1 } }
            throw failure
        }
        if !result.isDuplicate { appended(result, byteCount: admitted.header.totalByteCount) }
        // A duplicate may not be on the disk yet either.
        let flushes = settings.config.flushMessages <= 1
        return AppendedBatch(
            partition: self, baseOffset: result.baseOffset, logAppendTime: result.logAppendTime,
            logStartOffset: result.logStartOffset, mustFlushUpTo: flushes ? result.lastOffset + 1 : nil,
            rolled: result.rolled)
    }

    private func admit(
        _ batch: ProducedBatch, _ settings: TopicSettings, now: Timestamp
    ) throws(BatchAdmission.Refusal) -> BatchAdmission.Admitted {
        guard PluginCalls.areMade, let interceptors = settings.plugins.interceptors else {
            return try settings.admission.admit(
                batch.bytes, version: batch.version, isTransactional: batch.isTransactional, config: settings.config,
                now: now)
        }
        let context = RecordInterceptorContext(
            topic: topic.topic, partition: topic.partition, client: batch.client)
        return try settings.admission.admit(
            batch.bytes, version: batch.version, isTransactional: batch.isTransactional, config: settings.config,
            now: now
        ) { records throws(BatchAdmission.Refusal) in try interceptors.apply(to: records, in: context) }
    }

    /// Counts or refuses records that stand where the topic's partitioner would not put them.
    private func verify(_ bytes: ByteBuffer, _ placement: PlacementVerifier) throws(PartitionError) {
        guard let batch = try? RecordBatch(bytes), let payload = decompressed(batch) else { return }
        let misplaced = placement.misplaced(batch.records(from: payload), in: topic)
        guard !misplaced.isEmpty else { return }
        state.withLock { $0.traffic.misplacedRecords &+= UInt64(misplaced.count) }
        guard placement.rejects else { return }
        var refusal = PartitionError(
            .invalidRecord,
            "Partition \(topic.partition) is the wrong one for \(misplaced.count) of the batch's records: the topic has "
                + "partitioner.verify=reject. Of the first, \(misplaced[0].message).")
        refusal.records = misplaced
        refusal.logStartOffset = log.logStartOffset
        throw refusal
    }

    /// Appends a batch that a coordinator of this broker has made. Its records count once they are flushed, if the topic
    /// wants that; otherwise at once.
    package func append(ofCoordinator batch: ByteBuffer) throws(PartitionError) -> (nextOffset: Offset, mustFlush: Bool)
    {
        let (settings, epoch, isGone) = state.withLock { ($0.settings, $0.leaderEpoch, $0.isGone) }
        guard !isGone else { throw PartitionError(.notLeaderOrFollower) }
        guard settings.config.minInSyncReplicas <= 1 else { throw PartitionError(.notEnoughReplicas) }
        var batch = batch
        let result: AppendResult
        do {
            result = try log.append(&batch, leaderEpoch: epoch, origin: .coordinator, now: world.wallMilliseconds())
        } catch { throw PartitionError(error) }
        appended(result, byteCount: batch.readableBytes)
        return (result.lastOffset + 1, settings.config.flushMessages <= 1)
    }

    /// The records of a stored batch, decompressed; nil if they do not decompress.
    func decompressed(_ batch: RecordBatch) -> ByteBuffer? { settings.admission.decompressed(batch) }

    /// Counts what was appended and wakes who waits for it.
    private func appended(_ result: AppendResult, byteCount: Int) {
        let waiters = state.withLock { state -> [FetchWaiter] in
            state.traffic.messagesIn &+= UInt64(clamping: result.lastOffset - result.baseOffset + 1)
            state.traffic.bytesIn &+= UInt64(clamping: byteCount)
            return state.waiters.isEmpty ? [] : Array(state.waiters.values)
        }
        for waiter in waiters { waiter.appended(byteCount) }
    }

    // MARK: Deleting

    /// Raises the log start offset to `offset`, −1 for the high watermark; answers the new one. May block.
    package func deleteRecords(before offset: Offset) throws(PartitionError) -> Offset {
        let settings = settings
        guard settings.config.isDeleted || settings.config.cleanupPolicies.isEmpty else {
            throw PartitionError(
                .policyViolation, "Records can be deleted only from topics whose cleanup.policy has 'delete'.")
        }
        let highWatermark = highWatermark
        let target = offset == -1 ? highWatermark : offset
        guard target >= 0, target <= highWatermark, target >= log.logStartOffset || offset >= 0 else {
            throw PartitionError(.offsetOutOfRange)
        }
        do { try log.advanceLogStart(to: target) } catch { throw PartitionError(error) }
        return log.logStartOffset
    }
}

/// What became of a batch.
package struct AppendedBatch: Sendable {
    package var partition: Partition
    package var baseOffset: Offset
    package var logAppendTime: Timestamp
    package var logStartOffset: Offset
    /// Set if the topic wants its records on the disk before they are acknowledged.
    package var mustFlushUpTo: Offset?
    /// A segment was sealed, which a worker should flush.
    package var rolled: Bool
}

extension PartitionError {
    init(_ error: LogError) { self.init(error.code, "\(error)") }
}
