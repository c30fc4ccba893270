package import BrokerCoordinators
package import BrokerMetadata
package import BrokerModel
package import BrokerWorld
internal import BrokerCommitLog
internal import BrokerPrimitives
internal import BrokerWire
package import Logging
internal import Synchronization

/// Runs a coordinator: one shard for each partition of its topic that this broker leads.
///
/// Requests run to completion on the caller's thread, under the lock of their shard: decide, append, answer. Also a
/// publisher: it follows who leads the topic's partitions. A partition's log is replayed on a worker before its shard
/// answers anything.
package final class CoordinatorDriver<Shard: CoordinatorShard>: Sendable {
    typealias Slot = CoordinatorSlot<Shard>
    package typealias Answer = @Sendable (Shard.Reply) -> Void

    /// The coordinator's topic.
    package let topic: String
    private let metadata: MetadataView
    private let nodeID: NodeID
    private let partitions: PartitionTable
    private let flusher: Flusher
    private let workers: Workers
    private let world: World
    private let timers: Timers
    private let logger: Logger
    private let makeShard: @Sendable () -> Shard
    private let state = Mutex(State())

    /// Held while it is decided who leads what: this is done by several threads, and must be done in turn.
    private let following = Mutex(())

    private struct State {
        var slots: [PartitionIndex: Slot] = [:]
        /// Partitions that this broker leads and cannot open.
        var unopenable: Set<PartitionIndex> = []
        var isStarted = false
    }

    package init(
        topic: String, metadata: MetadataView, nodeID: NodeID, partitions: PartitionTable, flusher: Flusher,
        workers: Workers, world: World, timers: Timers, logger: Logger, makeShard: @escaping @Sendable () -> Shard
    ) {
        self.topic = topic
        self.metadata = metadata
        self.nodeID = nodeID
        self.partitions = partitions
        self.flusher = flusher
        self.workers = workers
        self.world = world
        self.timers = timers
        self.logger = logger
        self.makeShard = makeShard
    }

    var now: CoordinatorTime {
        CoordinatorTime(monotonic: world.monotonicMilliseconds, wall: world.wallMilliseconds())
    }

    // MARK: Asking

    /// Lets the shard of `key` decide something that is answered at once.
    package func ask<Result>(
        _ key: String, _ body: (inout Shard, CoordinatorTime) -> Result
    ) throws(CoordinatorError) -> Result {
        try ask(slot(of: key), body)
    }

    /// Lets the shard of `key` decide something that is answered by a reply: `answer` is called once, perhaps before
    /// this returns, on any thread.
    ///
    /// - Throws: `answer` is not called then.
    package func submit(
        _ key: String, answer: @escaping Answer, _ body: (inout Shard, CallToken, CoordinatorTime) -> Void
    ) throws(CoordinatorError) {
        let slot = try slot(of: key)
        carryOut(try slot.submit(at: now, answer: answer, body), slot)
    }

    /// Asks every shard that is there. Those whose log cannot be read are left out: they are told by `failedCount`.
    ///
    /// - Throws: `COORDINATOR_LOAD_IN_PROGRESS` if one of them is still being loaded.
    package func askAll<Result>(_ body: (inout Shard, CoordinatorTime) -> Result) throws(CoordinatorError) -> [Result] {
        var results: [Result] = []
        for slot in slots {
            do throws(CoordinatorError) { results.append(try ask(slot, body)) } catch {
                if error.code == .coordinatorLoadInProgress { throw error }
            }
        }
        return results
    }

    /// Calls `then` when the shard of `key` can answer, or is known not to; at once if that is so now.
    package func whenReady(_ key: String, then: @escaping @Sendable () -> Void) {
        guard let slot = try? slot(of: key) else { return then() }
        if !slot.wait(then) { then() }
    }

    /// How many shards are being loaded.
    package var loadingCount: Int { slots.count { $0.isLoading } }

    /// How many shards are not there because their partition's log cannot be opened or read.
    package var failedCount: Int { slots.count { $0.hasFailed } + state.withLock { $0.unopenable.count } }

    private var slots: [Slot] { state.withLock { $0.slots }.sorted { $0.key < $1.key }.map(\.value) }

    private func slot(of key: String) throws(CoordinatorError) -> Slot {
        guard let image = metadata.image.topics[topic] else { throw CoordinatorError(.coordinatorNotAvailable) }
        let partition = CoordinatorPartitioning.partition(of: key, count: image.partitions.count)
        guard let slot = state.withLock({ $0.slots[partition] }) else { throw CoordinatorError(.notCoordinator) }
        return slot
    }

    private func ask<Result>(
        _ slot: Slot, _ body: (inout Shard, CoordinatorTime) -> Result
    ) throws(CoordinatorError) -> Result {
        let (result, followUp) = try slot.ask(at: now, body)
        carryOut(followUp, slot)
        return result
    }

    /// What is done outside of the slot's lock: answers, flushes that were waited for, the next deadline.
    private func carryOut(_ followUp: Slot.FollowUp, _ slot: Slot) {
        for answer in followUp.answers { answer() }
        if let end = followUp.flush {
            flusher.flush(slot.log.partition, upTo: end) { [self] succeeded in
                carryOut(slot.flushed(upTo: end, succeeded: succeeded, at: now), slot)
            }
        }
        guard let deadline = followUp.deadline else { return }
        let nanoseconds = deadline.multipliedReportingOverflow(by: 1_000_000)
        // An earlier timer is left alone: it will find nothing to do.
        _ = timers.schedule(at: nanoseconds.overflow ? .max : nanoseconds.partialValue) { [weak self, weak slot] in
            guard let self, let slot, let followUp = try? slot.tick(deadline, at: now) else { return }
            carryOut(followUp, slot)
        }
    }

    // MARK: Who leads

    /// Begins to load what this broker leads. Before this nothing is touched: the logs are still being recovered.
    package func start() {
        state.withLock { $0.isStarted = true }
        follow()
    }

    /// Answers whoever waits, and takes no more requests.
    package func stop() {
        let slots = state.withLock { state in
            defer { state.slots = [:] }
            state.isStarted = false
            state.unopenable = []
            return state.slots
        }
        for slot in slots.values { retire(slot) }
    }

    package func metadataChanged(_ delta: MetadataDelta, _ image: MetadataImage) {
        guard state.withLock({ $0.isStarted }) else { return }
        if let id = image.topics[topic]?.id {
            if delta.changedTopics.contains(id) { follow() }
        } else if delta.removedTopics.contains(where: { $0.name == topic }) {
            follow()
        }
        let removed = delta.removedTopics.map(\.name)
        guard !removed.isEmpty else { return }
        for slot in slots {
            try? ask(slot) { shard, now in shard.removed(topics: removed, at: now) }
        }
    }

    /// Makes the slots what the newest image says.
    private func follow() {
        let (begun, ended) = following.withLock { _ -> (begun: [Slot], ended: [Slot]) in
            // Read in turn, too, so that nobody goes back to an older one.
            let image = metadata.image.topics[topic]
            var left = state.withLock { $0.slots }
            var (begun, unopenable): ([Slot], Set<PartitionIndex>) = ([], [])
            for (number, partition) in (image?.partitions ?? []).enumerated() where partition.leader == nodeID {
                let number = PartitionIndex(number)
                if let current = left[number], current.topicID == image?.id {
                    left[number] = nil
                } else if let slot = makeSlot(number) {
                    begun.append(slot)
                } else {
                    unopenable.insert(number)
                }
            }
            return state.withLock { state in
                // Stopped meanwhile: who was there has been told.
                guard state.isStarted else { return ([], []) }
                // What is left is another topic's, led by somebody else, or gone.
                for number in left.keys { state.slots[number] = nil }
                for slot in begun { state.slots[slot.number] = slot }
                state.unopenable = unopenable
                return (begun, Array(left.values))
            }
        }
        for slot in ended { retire(slot) }
        for slot in begun { load(slot) }
    }

    private func makeSlot(_ number: PartitionIndex) -> Slot? {
        do throws(PartitionError) {
            let partition = try partitions.leading(topic, number)
            return Slot(number: number, log: CoordinatorLog(partition: partition), blank: makeShard())
        } catch {
            logger.error(
                "a coordinator's partition cannot be opened; its keys are not served",
                metadata: ["partition": "\(topic)-\(number)", "error": "\(error.message ?? "\(error.code)")"])
            return nil
        }
    }

    private func retire(_ slot: Slot) {
        carryOut(slot.end(with: .notCoordinator, at: now), slot)
    }

    /// Nothing was ever written to a new partition: it can answer at once.
    private func load(_ slot: Slot) {
        if slot.log.partition.log.logEndOffset == 0 { return replay(slot) }
        workers.run { self.replay(slot) }
    }

    private func replay(_ slot: Slot) {
        var shard = makeShard()
        let started = world.monotonicMilliseconds
        do {
            let read = try slot.log.replay { shard.replay($0) }
            let now = now
            shard.loaded(at: now)
            if read.unreadable > 0 {
                logger.warning(
                    "records of a coordinator's log are passed over, since they cannot be read",
                    metadata: ["partition": "\(slot.log.partition.topic)", "records": "\(read.unreadable)"])
            }
            if read.count > 0 {
                logger.info(
                    "a coordinator's log is loaded",
                    metadata: [
                        "partition": "\(slot.log.partition.topic)", "records": "\(read.count)",
                        "milliseconds": "\(world.monotonicMilliseconds - started)",
                    ])
            }
            carryOut(slot.activate(shard, at: now), slot)
        } catch {
            logger.critical(
                "a coordinator's log cannot be read; its keys are not served",
                metadata: ["partition": "\(slot.log.partition.topic)", "error": "\(error)"])
            carryOut(slot.end(with: .coordinatorNotAvailable, at: now), slot)
        }
    }
}
