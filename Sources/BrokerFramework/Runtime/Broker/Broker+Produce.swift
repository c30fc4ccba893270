internal import BrokerMetadata
public import BrokerModel
internal import BrokerPluginAPI
public import BrokerPrimitives
public import NIOCore
internal import BrokerWorld
internal import NIOPosix
internal import Synchronization

extension Broker {
    /// Appends a record to a topic, from the broker's own process.
    ///
    /// The record is checked, stamped and stored as if a client had sent it with `acks=all`, and is on the disk when this
    /// returns if the topic wants that (`flush.messages=1`). Neither the authorizer nor quotas are asked: who embeds a
    /// broker owns it. A topic is not created. Records that are handed in one after the other, each when the one before
    /// has returned, stand in that order.
    ///
    /// Safe from any task; the partitioner is called on the task's thread, the rest is done on the broker's.
    ///
    /// - Parameters:
    ///   - partition: nil to let the topic's partitioner choose, as its configuration names it.
    ///   - key: nil for a record without a key, which is not the same as an empty key.
    ///   - value: nil for a tombstone.
    ///   - timestamp: milliseconds since 1970; nil for now.
    /// - Throws: Kafka's error, as a client would be answered.
    @discardableResult
    public func produce(
        to topic: String, partition: PartitionIndex? = nil, key: ByteBuffer? = nil, value: ByteBuffer?,
        headers: [Record.Header] = [], timestamp: Timestamp? = nil
    ) async throws(ProduceError) -> ProducedRecord {
        let record = Record(
            timestamp: timestamp ?? parts.world.wallMilliseconds(), key: key, value: value, headers: headers)
        let appended: AppendedBatch
        do throws(PartitionError) {
            let chosen: PartitionIndex
            if let partition {
                chosen = partition
            } else {
                chosen = try parts.partitions.partition(for: record, of: topic)
            }
            appended = try await append(record, to: topic, chosen)
        } catch { throw ProduceError(error) }
        if let upTo = appended.mustFlushUpTo, await !parts.flush(appended.partition, upTo) {
            throw ProduceError(.kafkaStorageError, "The record was appended, but could not be brought to the disk.")
        }
        return ProducedRecord(partition: appended.partition.topic.partition, offset: appended.baseOffset)
    }

    /// The same with text for key and value.
    @discardableResult
    public func produce(
        to topic: String, partition: PartitionIndex? = nil, key: String? = nil, value: String,
        headers: [Record.Header] = [], timestamp: Timestamp? = nil
    ) async throws(ProduceError) -> ProducedRecord {
        try await produce(
            to: topic, partition: partition, key: key.map { ByteBuffer(string: $0) }, value: ByteBuffer(string: value),
            headers: headers, timestamp: timestamp)
    }
}

/// Where a record was written.
public struct ProducedRecord: Hashable, Sendable {
    public var partition: PartitionIndex
    public var offset: Offset

    public init(partition: PartitionIndex, offset: Offset) {
        self.partition = partition
        self.offset = offset
    }
}

/// Why a record was not appended.
public struct ProduceError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What a client would be answered.
    public var code: ErrorCode
    /// A sentence that says what is wrong.
    public var message: String

    public init(_ code: ErrorCode, _ message: String) {
        self.code = code
        self.message = message
    }

    init(_ error: PartitionError) {
        self.init(
            error.code, ([error.message] + error.records.map(\.message)).compactMap { $0 }.joined(separator: " "))
    }

    public var description: String { message.isEmpty ? "\(code)" : "\(code): \(message)" }
}

extension Broker {
    /// Newer versions of the request allow nothing that this one does not.
    private static let version: Int16 = 13
    /// Who sends, as plug-ins see it.
    private static let owner = RequestContext(
        principal: "User:BROKER", host: "in-process", listener: "in-process", clientID: nil)

    /// On a network thread, as what clients send, or where plug-ins look at records.
    private func append(
        _ record: Record, to topic: String, _ number: PartitionIndex
    ) async throws(PartitionError) -> AppendedBatch {
        var builder = RecordBatchBuilder()
        builder.append(record)
        let batch = ProducedBatch(builder.build(), version: Self.version, acks: -1, client: Self.owner)
        let eventLoop = parts.eventLoops.next()
        let result = await withCheckedContinuation { continuation in
            let isRunning = isStopped.withLock { isStopped in
                // The loops end after what they were given before the stop began.
                if !isStopped { eventLoop.execute { self.append(batch, to: topic, number, continuation) } }
                return !isStopped
            }
            if !isRunning {
                continuation.resume(
                    returning: .failure(PartitionError(.brokerNotAvailable, "The broker was stopped.")))
            }
        }
        return try result.get()
    }

    private func append(
        _ batch: ProducedBatch, to topic: String, _ number: PartitionIndex,
        _ continuation: CheckedContinuation<Result<AppendedBatch, PartitionError>, Never>
    ) {
        do throws(PartitionError) {
            let place = try parts.partitions.place(of: topic, number)
            guard case .here(let partition) = place, !partition.appendsAside else {
                return place.append(batch) { continuation.resume(returning: $0) }
            }
            continuation.resume(returning: .success(try partition.append(batch)))
        } catch { continuation.resume(returning: .failure(error)) }
    }
}

extension Broker.Parts {
    fileprivate func flush(_ partition: Partition, _ upTo: Offset) async -> Bool {
        await withCheckedContinuation { continuation in
            flusher.flush(partition, upTo: upTo) { continuation.resume(returning: $0) }
        }
    }
}

extension PartitionTable {
    /// The partition that the topic's partitioner chooses for a record.
    fileprivate func partition(for record: Record, of name: String) throws(PartitionError) -> PartitionIndex {
        guard let topic = metadata.image.topics[name] else {
            throw PartitionError(.unknownTopicOrPartition, "There is no topic '\(name)': create it first.")
        }
        guard let partitioner = settings(of: topic).plugins.partitioner else {
            throw PartitionError(
                .invalidConfig, "The topic's partitioner cannot be used; the broker's log says why. Name a partition.")
        }
        return try partitioner.partition(
            for: PartitionerContext(
                topic: name, key: record.key, value: record.value, headers: record.headers,
                partitionCount: PartitionIndex(clamping: topic.partitions.count),
                availablePartitions: topic.partitions.indices.filter { topic.partitions[$0].leader != -1 }
                    .map { PartitionIndex($0) }))
    }
}
