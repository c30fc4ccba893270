import BrokerModel
import BrokerPluginAPI
import BrokerPrimitives
import BrokerWire
import BrokerWorld
import NIOCore
import Synchronization

/// Runs a producer's core: feeds it records, answers and the time, and does what it plans.
final class ProducerDriver: Sendable {
    typealias Waiter = (@Sendable (Result<RecordMetadata, ClientError>) -> Void)?

    /// A record that has memory and a partition.
    struct Ticket: Sendable {
        let record: ProducerRecord
        let partition: TopicPartition
        let leader: NodeID?
        let byteCount: Int
    }

    struct State {
        var core: ProducerCore<Waiter>
        var topics: [String: (metadata: TopicMetadata, time: Int64)] = [:]
        /// Where each topic has its own.
        var partitioners: [String: (configured: ConfiguredPartitioner, instance: any Partitioner, time: Int64)] = [:]
        var connections: [NodeID: BrokerConnection] = [:]
        /// Topics, brokers and ids being asked for, so that each is asked for once at a time.
        var refreshing: Set<String> = []
        var connecting: Set<NodeID> = []
        var isAskingForIdentity = false
        /// How often in a row the leaders of a topic, or a broker, could not be reached.
        var topicFailures: [String: Int] = [:]
        var nodeFailures: [NodeID: Int] = [:]
        var memoryWaiters: [CheckedContinuation<Void, Never>] = []
        var flushWaiters: [(mark: Int, continuation: CheckedContinuation<Void, Never>)] = []
        var timerAt: Int64?
        var timer: Timers.Timer?
        /// Set when no more records are taken.
        var refusal: ClientError?
        var isStopped = false
    }

    let cluster: Cluster
    let configuration: ProducerConfiguration
    let codec: (any CompressionCodec)?
    let state: Mutex<State>
    private let partitioning: Partitioning
    private let wakeUps: AsyncStream<Void>
    private let wakeUp: AsyncStream<Void>.Continuation

    init(
        cluster: Cluster, configuration: ProducerConfiguration, partitioning: Partitioning,
        codec: (any CompressionCodec)?
    ) {
        self.cluster = cluster
        self.configuration = configuration
        self.partitioning = partitioning
        self.codec = codec
        state = Mutex(
            State(core: ProducerCore(configuration: configuration, backoff: cluster.configuration.retryBackoff)))
        (wakeUps, wakeUp) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    private var timers: Timers { cluster.configuration.timers }
    var now: Int64 { cluster.configuration.world.monotonicMilliseconds }

    func start() {
        let wakeUps = wakeUps
        Task { for await _ in wakeUps { await self.step() } }
    }

    func wake() { wakeUp.yield() }

    // MARK: Taking records

    /// Finds a record's partition and memory for it; waits for both.
    func admit(_ record: ProducerRecord) async throws(ClientError) -> Ticket {
        let byteCount = record.estimatedByteCount
        let limit = configuration.maximumRecordByteCount
        guard byteCount <= limit - RecordBatchHeader.byteCount else {
            throw ClientError(
                .recordTooLarge,
                "the record takes up to \(byteCount + RecordBatchHeader.byteCount) bytes, more than the \(limit) that this producer sends at most"
            )
        }
        let topic = try await topic(record.topic, covering: record.partition)
        let partitioner = record.partition == nil ? try await partitioner(of: record.topic) : nil
        try await waitForMemory(byteCount)
        let partition = record.partition ?? partitioner.map { choosePartition(record, in: topic, $0) } ?? -1
        guard let chosen = topic[partition] else {
            state.withLock { $0.core.release(byteCount) }
            throw ClientError(
                .invalidArgument,
                "topic '\(record.topic)' has no partition \(partition); it has \(topic.partitions.count)")
        }
        return Ticket(
            record: record, partition: TopicPartition(topic: record.topic, partition: partition),
            leader: chosen.leader, byteCount: byteCount)
    }

    private func choosePartition(
        _ record: ProducerRecord, in topic: TopicMetadata, _ partitioner: any Partitioner
    ) -> PartitionIndex {
        partitioner.partition(
            for: PartitionerContext(
                topic: record.topic, key: record.key, value: record.value, headers: record.headers,
                partitionCount: PartitionIndex(clamping: topic.partitions.count),
                availablePartitions: topic.available))
    }

    private func partitioner(of topic: String) async throws(ClientError) -> any Partitioner {
        let plugins: PluginSet
        switch partitioning {
        case .one(let partitioner): return partitioner
        case .configured(let all): plugins = all
        }
        if let known = state.withLock({ $0.partitioners[topic]?.instance }) { return known }
        let configured = try await cluster.retrying(timeoutMilliseconds: configuration.maximumBlockMilliseconds) {
            [cluster] () async throws(ClientError) in try await ConfiguredPartitioner(of: topic, cluster)
        }
        return try adopt(configured, of: topic, plugins)
    }

    /// Keeps the instance there is, with what it remembers, if the topic's configuration is still the same.
    private func adopt(
        _ configured: ConfiguredPartitioner, of topic: String, _ plugins: PluginSet
    ) throws(ClientError) -> any Partitioner {
        let instance: any Partitioner
        if let known = state.withLock({ $0.partitioners[topic] }), known.configured == configured {
            instance = known.instance
        } else {
            instance = try configured.instance(from: plugins)
        }
        state.withLock { $0.partitioners[topic] = (configured, instance, now) }
        return instance
    }

    /// Asks for a topic's partitioner anew if it was asked for long ago. What cannot be asked stays as it is.
    func refreshPartitioner(of topic: String) async {
        guard case .configured(let plugins) = partitioning,
            let known = state.withLock({ $0.partitioners[topic] }),
            now - known.time > cluster.configuration.metadataMaximumAgeMilliseconds
        else { return }
        do throws(ClientError) {
            _ = try adopt(try await ConfiguredPartitioner(of: topic, cluster), of: topic, plugins)
        } catch {}
    }

    private func topic(
        _ name: String, covering partition: PartitionIndex?
    ) async throws(ClientError) -> TopicMetadata {
        let (known, refusal) = state.withLock { ($0.topics[name], $0.refusal) }
        if let refusal { throw refusal }
        if let known, partition.map({ known.metadata[$0] != nil }) ?? true {
            if now - known.time > cluster.configuration.metadataMaximumAgeMilliseconds { refresh(name) }
            return known.metadata
        }
        // The topic may have grown since.
        if known != nil { try await cluster.refresh([name]) }
        let topic = try await cluster.topic(name, timeoutMilliseconds: configuration.maximumBlockMilliseconds)
        learn(topic)
        return topic
    }

    private func waitForMemory(_ byteCount: Int) async throws(ClientError) {
        // Read only once there is something to wait for.
        var end: Int64?
        while true {
            let (isReserved, refusal) = state.withLock { state in
                (state.refusal == nil && state.core.reserve(byteCount), state.refusal)
            }
            if let refusal { throw refusal }
            if isReserved { return }
            let deadline = end ?? now.later(by: configuration.maximumBlockMilliseconds)
            end = deadline
            guard now < deadline else {
                throw ClientError(
                    .bufferFull,
                    "the producer's memory stayed full for \(configuration.maximumBlockMilliseconds) ms; records come faster than they are delivered"
                )
            }
            wake()
            let timeout = timers.schedule(afterMilliseconds: deadline - now) { self.wakeMemoryWaiters() }
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    // Memory may have come back in the meantime.
                    if state.refusal != nil || state.core.hasRoom(for: byteCount) {
                        return true
                    }
                    state.memoryWaiters.append(continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
            timeout.cancel()
        }
    }

    private func wakeMemoryWaiters() {
        let waiters = state.withLock { state in
            defer { state.memoryWaiters = [] }
            return state.memoryWaiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func append(_ ticket: Ticket, onDelivery: Waiter) {
        let timestamp = ticket.record.timestamp ?? cluster.configuration.world.wallMilliseconds()
        let now = now
        let (isNews, refusal) = state.withLock { state in
            guard state.refusal == nil else {
                state.core.release(ticket.byteCount)
                return (false, state.refusal)
            }
            return (
                state.core.append(
                    ticket.record, to: ticket.partition, leader: ticket.leader, timestamp: timestamp,
                    waiter: onDelivery, reserved: ticket.byteCount, now: now), nil
            )
        }
        if let refusal { onDelivery?(.failure(refusal)) }
        if isNews { wake() }
    }

    // MARK: Answers

    /// Tells those who wait for records, memory or a flush.
    func settle(_ deliveries: [BatchDelivery<Waiter>]) {
        for delivery in deliveries {
            for (index, record) in delivery.batch.records.enumerated() {
                record.waiter?(delivery.metadata(at: index))
            }
        }
        let (memory, flushed) = state.withLock { state in
            let memory = state.memoryWaiters
            state.memoryWaiters = []
            var flushed: [CheckedContinuation<Void, Never>] = []
            state.flushWaiters.removeAll { waiter in
                guard state.core.isFlushed(waiter.mark) else { return false }
                flushed.append(waiter.continuation)
                return true
            }
            return (memory, flushed)
        }
        for waiter in memory { waiter.resume() }
        for waiter in flushed { waiter.resume() }
    }

    // MARK: Flushing and ending

    func flush() async {
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                let mark = state.core.flush()
                guard !state.core.isFlushed(mark), !state.isStopped else { return true }
                state.flushWaiters.append((mark, continuation))
                return false
            }
            if isDone { continuation.resume() }
            wake()
        }
    }

    /// Takes no more records.
    func refuse() {
        state.withLock { $0.refusal = .closed }
        wakeMemoryWaiters()
    }

    /// Gives up what is left and ends the loop.
    func stop(_ error: ClientError) {
        let deliveries: [BatchDelivery<Waiter>] = state.withLock { state in
            guard !state.isStopped else { return [] }
            state.refusal = error
            state.isStopped = true
            state.timer?.cancel()
            return state.core.abandon(error)
        }
        wakeUp.finish()
        settle(deliveries)
    }

    /// Wakes the loop at a time on the monotonic clock, unless it wakes before.
    func wake(at time: Int64, _ state: inout State) {
        guard state.timerAt.map({ time < $0 }) ?? true else { return }
        state.timer?.cancel()
        state.timerAt = time
        state.timer = timers.schedule(afterMilliseconds: max(time, now) - now) { [weak self] in
            self?.state.withLock { $0.timerAt = nil }
            self?.wake()
        }
    }
}
