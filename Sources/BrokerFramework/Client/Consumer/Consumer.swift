public import BrokerModel
public import BrokerPluginAPI
internal import BrokerPrimitives
internal import BrokerWorld
internal import NIOCore

/// Reads topics, shared with the other members of its group, or partitions it is told to read.
///
/// Fetches ahead while what was read is being used: of each partition no more than one answer's share is held.
///
/// In a group, what a poll has given out counts as done at the next one: that is when it may be committed, and when
/// partitions may go to other members. So finish with records, or commit yourself, before you poll on; `records` polls
/// when the last record has been used up. Close the consumer, or its partitions wait for the session timeout.
///
/// May be used from many tasks; each record is given out once.
public actor Consumer {
    public nonisolated let configuration: ConsumerConfiguration
    let cluster: Cluster
    let reader: FetchedRecords.Reader
    /// For fetches: a broker keeps one waiting until there are records.
    let lane = ConnectionLane()
    var partitions: [TopicPartition: PartitionReading] = [:]
    /// Brokers a fetch is under way to.
    var fetching: Set<NodeID> = []
    var topicsToRefresh: Set<String> = []
    var failure: ClientError?
    /// The consumer's place in its group; nil if it has none.
    var group: GroupSession?
    /// Taken from the partitions, and given out one by one.
    private var handout = Handout([])
    private var lastGeneration = 0
    private var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
    private var nextWaiter = 0
    /// The partition that was given out last, so that all get their turn.
    private var lastServed: TopicPartition?
    private var isClosed = false

    /// - Parameter codecs: decompress what was read; a batch of a codec that is not there is an error.
    public init(
        cluster: Cluster, configuration: ConsumerConfiguration = ConsumerConfiguration(),
        codecs: [any CompressionCodec] = []
    ) {
        self.cluster = cluster
        self.configuration = configuration
        var byType: [CompressionType: any CompressionCodec] = [:]
        for codec in codecs { byType[codec.type] = codec }
        reader = FetchedRecords.Reader(
            codecs: byType, verifiesChecksums: configuration.verifiesChecksums,
            decompressedLimit: configuration.maximumDecompressedByteCount)
        group = configuration.group.map { GroupSession($0, cluster: cluster) }
    }

    deinit {
        group?.timer?.timer.cancel()
        let (cluster, lane) = (cluster, lane)
        if !lane.isClosed { Task { await cluster.close(lane) } }
    }

    // MARK: What to read

    /// Reads these partitions and no others. Those read already keep their positions; others begin where the group has
    /// left them, else where the reset policy says, until they are sought. Ends a subscription.
    public func assign(_ assignment: [TopicPartition]) {
        endSubscription()
        let dropped = partitions.keys.filter { !assignment.contains($0) }
        withdraw(dropped)
        if group?.configuration.autoCommitIntervalMilliseconds != nil {
            let offsets = uncommitted(dropped)
            if !offsets.isEmpty { startCommit(offsets) }
        }
        var new: [TopicPartition: PartitionReading] = [:]
        for partition in assignment { new[partition] = partitions[partition] ?? newReading() }
        partitions = new
        wake()
    }

    /// A partition that begins where the group or the policy says.
    func newReading() -> PartitionReading {
        let start: PartitionReading.Position =
            group == nil ? resetPosition.map { .unresolved($0) } ?? .missing : .committed
        return PartitionReading(position: start, generation: nextGeneration())
    }

    func nextGeneration() -> Int {
        lastGeneration += 1
        return lastGeneration
    }

    /// The partitions being read, in order.
    public var assignment: [TopicPartition] { partitions.keys.sorted() }

    /// Goes on from another place. What was fetched for the partition is forgotten.
    ///
    /// - Throws: `.invalidArgument` if the partition is not assigned.
    public func seek(_ partition: TopicPartition, to position: SeekPosition) throws(ClientError) {
        guard partitions[partition] != nil else {
            throw ClientError(.invalidArgument, "\(partition) is not assigned to the consumer")
        }
        withdraw([partition])
        partitions[partition]?.seek(position, generation: nextGeneration())
        wake()
    }

    /// Gives out nothing of these partitions until they are resumed. In a group they stay the consumer's.
    public func pause(_ paused: [TopicPartition]) {
        withdraw(paused)
        for partition in paused { partitions[partition]?.isPaused = true }
    }

    /// Goes on where the partitions were paused.
    public func resume(_ resumed: [TopicPartition]) {
        for partition in resumed { partitions[partition]?.isPaused = false }
        wake()
    }

    /// Takes back what was taken from partitions and not given out yet; they go on from there.
    func withdraw(_ withdrawn: some Sequence<TopicPartition>) {
        let withdrawn = Set(withdrawn)
        guard handout.rest.contains(where: { withdrawn.contains($0.topicPartition) }) else { return }
        var kept: [ConsumerRecord] = []
        var next: [TopicPartition: Offset] = [:]
        for record in handout.takeRest() {
            let partition = record.topicPartition
            if !withdrawn.contains(partition) {
                kept.append(record)
            } else if next[partition] == nil {
                next[partition] = record.offset
            }
        }
        handout = Handout(kept)
        for (partition, offset) in next { partitions[partition]?.seek(.offset(offset), generation: nextGeneration()) }
    }

    /// The offset of the next record to be given out; nil while that is still to be found out.
    public func position(_ partition: TopicPartition) -> Offset? { positions([partition])[partition] }

    /// The same for several partitions; those that are still to be found out are missing.
    func positions(_ asked: some Sequence<TopicPartition>) -> [TopicPartition: Offset] {
        var positions: [TopicPartition: Offset] = [:]
        for partition in asked { positions[partition] = partitions[partition]?.nextOffset }
        for record in handout.rest.reversed() where positions[record.topicPartition] != nil {
            positions[record.topicPartition] = record.offset
        }
        return positions
    }

    /// The high watermark as of the last fetch; nil before the first.
    public func highWatermark(_ partition: TopicPartition) -> Offset? { partitions[partition]?.highWatermark }

    var resetPosition: SeekPosition? {
        switch configuration.offsetReset {
        case .earliest: .beginning
        case .latest: .end
        case .none: nil
        }
    }

    // MARK: Reading

    /// The next records, in order within each partition; empty if none come in time, or only ones that are not shown.
    ///
    /// - Throws: what cannot be mended by trying again: damaged batches, lost authorization, a position outside of the
    ///   log without a reset policy, a group that does not take the consumer. The consumer can be used on, after a seek
    ///   for example.
    public func poll(timeoutMilliseconds: Int64 = 1_000) async throws(ClientError) -> [ConsumerRecord] {
        let left = handout.takeRest()
        return left.isEmpty ? try await gather(timeoutMilliseconds: timeoutMilliseconds) : Array(left)
    }

    /// The same, to be given out one by one; what the last one still has comes first.
    func nextHandout(timeoutMilliseconds: Int64) async throws(ClientError) -> Handout {
        guard handout.rest.isEmpty else { return handout }
        let records = try await gather(timeoutMilliseconds: timeoutMilliseconds)
        // Another task may have come first; there is one handout at a time, so that nothing of it is forgotten.
        handout = Handout(handout.takeRest() + records)
        return handout
    }

    private func gather(timeoutMilliseconds: Int64) async throws(ClientError) -> [ConsumerRecord] {
        let deadline = now.later(by: max(0, timeoutMilliseconds))
        while true {
            guard !isClosed else { throw .closed }
            takePartInGroup()
            if let failure {
                self.failure = nil
                throw failure
            }
            let before = partitions.values.reduce(0) { $0 &+ ($1.nextOffset ?? 0) }
            let records = try drain()
            startFetches()
            let moved = before != partitions.values.reduce(0) { $0 &+ ($1.nextOffset ?? 0) }
            // Markers and hidden batches move the position, and whoever waits for it wants to know.
            if !records.isEmpty || moved || now >= deadline || Task.isCancelled { return records }
            await wait(until: min(deadline, nextTime() ?? deadline))
        }
    }

    /// The records, one by one, for as long as the task is not cancelled. Polls when the last ones have been used up.
    ///
    /// A loop that is left may be begun again: it goes on with the next record.
    public nonisolated var records: ConsumerRecords { ConsumerRecords(consumer: self) }

    /// Ends the consumer; whoever polls gets `.closed`. The cluster stays open.
    ///
    /// With a group, first commits what was given out, unless commits are left to the application, and leaves, so that
    /// others get the partitions at once. Waits for a rebalance the application is being told of. A static member does not leave: it is expected back.
    public func close() async {
        guard !isClosed else { return }
        if group?.choice == nil {
            await commitBeforeRevoking(partitions.keys.sorted())
        } else {
            await leaveGroup()
        }
        isClosed = true
        partitions = [:]
        _ = handout.takeRest()
        for listener in group?.listeners ?? [] { listener.finish() }
        await group?.coordinator.close()
        await cluster.close(lane)
        wake()
    }

    private func drain() throws(ClientError) -> [ConsumerRecord] {
        var records: [ConsumerRecord] = []
        let order = partitions.keys.sorted()
        guard !order.isEmpty else { return [] }
        let start = lastServed.flatMap { last in order.firstIndex { $0 > last } } ?? 0
        for step in order.indices {
            let partition = order[(start + step) % order.count]
            guard let reading = partitions[partition], reading.isReadable, var fetched = reading.fetched else {
                continue
            }
            var isAtEnd = false
            // Taken out while it is read, so that its buffers are not shared.
            partitions[partition]?.fetched = nil
            do throws(ClientError) {
                while records.count < configuration.maximumPollRecordCount {
                    guard let record = try fetched.next(reader) else {
                        isAtEnd = true
                        break
                    }
                    records.append(record)
                }
            } catch {
                partitions[partition]?.position = .offset(fetched.position)
                // What was read before the damage is not lost.
                guard !records.isEmpty else { throw error }
                failure = error
                return records
            }
            lastServed = partition
            partitions[partition]?.position = .offset(fetched.position)
            if !isAtEnd { partitions[partition]?.fetched = fetched }
            if records.count >= configuration.maximumPollRecordCount { break }
        }
        return records
    }

    // MARK: Waiting

    var now: Int64 { cluster.configuration.world.monotonicMilliseconds }
    func random() -> UInt64 { cluster.configuration.world.random() }
    /// Whether someone is polling.
    var isAwaited: Bool { !isClosed && !waiters.isEmpty }

    /// When a partition that waits after a failure may be tried again.
    private func nextTime() -> Int64? { partitions.values.lazy.map(\.notBefore).filter { $0 > self.now }.min() }

    /// Something has changed for whoever polls.
    func wake() {
        let waiting = waiters
        waiters = [:]
        for continuation in waiting.values { continuation.resume() }
    }

    private func wake(_ waiter: Int) { waiters.removeValue(forKey: waiter)?.resume() }

    /// Waits until something has changed or a time has come.
    func wait(until time: Int64) async {
        let id = nextWaiter
        nextWaiter += 1
        let timer = cluster.configuration.timers.schedule(afterMilliseconds: max(1, max(time, now) - now)) {
            Task { await self.wake(id) }
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiters[id] = $0 }
        } onCancel: {
            Task { await self.wake(id) }
        }
        timer.cancel()
    }
}
