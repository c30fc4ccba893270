public import BrokerModel
public import BrokerPluginAPI
internal import BrokerPrimitives
internal import BrokerWorld
internal import NIOCore

/// Reads partitions it is told to read, each from a position that may be moved.
///
/// Fetches ahead while what was read is being used: of each partition no more than one answer's share is held.
public actor Consumer {
    public nonisolated let configuration: ConsumerConfiguration
    let cluster: Cluster
    let reader: FetchedRecords.Reader
    var partitions: [TopicPartition: PartitionReading] = [:]
    /// Brokers a fetch is under way to.
    var fetching: Set<NodeID> = []
    var topicsToRefresh: Set<String> = []
    var failure: ClientError?
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
    }

    // MARK: What to read

    /// Reads these partitions and no others. Those read already keep their positions; others begin where the reset
    /// policy says until they are sought.
    public func assign(_ assignment: [TopicPartition]) {
        var new: [TopicPartition: PartitionReading] = [:]
        for partition in assignment {
            let start = resetPosition.map(PartitionReading.Position.unresolved) ?? .missing
            new[partition] = partitions[partition] ?? PartitionReading(position: start)
        }
        partitions = new
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
        partitions[partition]?.seek(position)
    }

    /// Gives out nothing of the partition until it is resumed.
    public func pause(_ paused: [TopicPartition]) { for partition in paused { partitions[partition]?.isPaused = true } }

    public func resume(_ resumed: [TopicPartition]) {
        for partition in resumed { partitions[partition]?.isPaused = false }
        wake()
    }

    /// The offset of the next record to be given out; nil while that is still to be found out.
    public func position(_ partition: TopicPartition) -> Offset? { partitions[partition]?.nextOffset }

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
    ///   log without a reset policy. The consumer can be used on, after a seek for example.
    public func poll(timeoutMilliseconds: Int64 = 1_000) async throws(ClientError) -> [ConsumerRecord] {
        let deadline = now + max(0, timeoutMilliseconds)
        while true {
            guard !isClosed else { throw .closed }
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
    public nonisolated var records: ConsumerRecords { ConsumerRecords(consumer: self) }

    /// Ends the consumer; whoever polls gets `.closed`. The cluster stays open.
    public func close() {
        isClosed = true
        partitions = [:]
        wake()
    }

    private func drain() throws(ClientError) -> [ConsumerRecord] {
        var records: [ConsumerRecord] = []
        let order = partitions.keys.sorted()
        guard !order.isEmpty else { return [] }
        let start = lastServed.flatMap { last in order.firstIndex { $0 > last } } ?? 0
        for step in order.indices {
            let partition = order[(start + step) % order.count]
            guard let reading = partitions[partition], !reading.isPaused, var fetched = reading.fetched else {
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

    private func wait(until time: Int64) async {
        let id = nextWaiter
        nextWaiter += 1
        let milliseconds = max(1, time - now)
        let timer = Task {
            try? await Task.sleep(for: .milliseconds(milliseconds))
            self.wake(id)
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiters[id] = $0 }
        } onCancel: {
            Task { await self.wake(id) }
        }
        timer.cancel()
    }
}

/// A consumer's records as a sequence. Back-pressure is the loop itself: nothing is polled while its body runs.
public struct ConsumerRecords: AsyncSequence, Sendable {
    public typealias Element = ConsumerRecord
    public typealias Failure = ClientError

    let consumer: Consumer

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(consumer: consumer) }

    public struct AsyncIterator: AsyncIteratorProtocol {
        let consumer: Consumer
        private var batch: [ConsumerRecord] = []
        private var index = 0

        init(consumer: Consumer) { self.consumer = consumer }

        public mutating func next(isolation: isolated (any Actor)?) async throws(ClientError) -> ConsumerRecord? {
            while index >= batch.count {
                if Task.isCancelled { return nil }
                batch = try await consumer.poll()
                index = 0
            }
            defer { index += 1 }
            return batch[index]
        }
    }
}
