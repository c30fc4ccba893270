public import BrokerClient
internal import BrokerCommitLog
public import BrokerModel
internal import BrokerPluginAPI
internal import BrokerRuntime
internal import BrokerWorld
internal import Codecs
internal import NIOCore
internal import Partitioners

/// A partition's log, written and read without a client.
extension TestBroker {
    /// Appends records to the logs, without a client: each record's timestamp is the broker's time unless it has one,
    /// and a record without a partition goes where Kafka's clients would send it by its key, to partition 0 without.
    ///
    /// Returns when they are there for consumers. Takes no part in faults and the log of requests.
    ///
    /// - Returns: the offsets, in the order of the records.
    @discardableResult
    public func produce(_ records: [ProducerRecord]) throws -> [Offset] {
        let broker = try running()
        var places: [(partition: TopicPartition, index: Int)] = []
        var builders: [TopicPartition: RecordBatchBuilder] = [:]
        for record in records {
            let partition = TopicPartition(topic: record.topic, partition: try choosePartition(record))
            let timestamp = record.timestamp ?? world.wallMilliseconds()
            places.append((partition, Int(builders[partition]?.recordCount ?? 0)))
            builders[partition, default: RecordBatchBuilder()].append(
                timestamp: timestamp, key: record.key, value: record.value, headers: record.headers)
        }
        let client = RequestContext(
            principal: "User:ANONYMOUS", host: "in-process", listener: "", clientID: "test-broker")
        var bases: [TopicPartition: Offset] = [:]
        for (partition, builder) in builders.sorted(by: { $0.key < $1.key }) {
            do throws(PartitionError) {
                bases[partition] = try broker.partitions.leading(partition.topic, partition.partition)
                    .append(ProducedBatch(builder.build(), version: 12, acks: 1, client: client)).baseOffset
            } catch {
                throw TestBrokerError("\(partition) did not take the records: \(error.message ?? "\(error.code)")")
            }
        }
        return places.map { (bases[$0.partition] ?? -1) + Offset($0.index) }
    }

    /// Appends values, in their order, to one partition.
    ///
    /// - Parameter partition: where to; nil for where the key belongs.
    /// - Returns: the offset of the last one.
    @discardableResult
    public func produce(
        _ values: String..., to topic: String, key: String? = nil, partition: PartitionIndex? = nil
    ) throws -> Offset {
        let offsets = try produce(
            values.map { value in
                var record = ProducerRecord(topic: topic, key: key, value: value)
                record.partition = partition
                return record
            })
        return offsets.last ?? -1
    }

    private func choosePartition(_ record: ProducerRecord) throws(TestBrokerError) -> PartitionIndex {
        let there = try partitions(of: record.topic)
        let chosen =
            record.partition
            ?? (record.key == nil
                ? 0
                : KeyHashPartitioner().partition(
                    for: PartitionerContext(
                        topic: record.topic, key: record.key, value: record.value,
                        partitionCount: PartitionIndex(there.count), availablePartitions: there)))
        guard there.contains(chosen) else {
            throw TestBrokerError("'\(record.topic)' has \(there.count) partitions, but no partition \(chosen).")
        }
        return chosen
    }

    /// The records in a topic's log, by partition and offset: all that consumers could read, and those of
    /// transactions that are open or aborted. Markers of transactions are left out.
    ///
    /// - Parameter partition: nil for all partitions.
    public func records(in topic: String, partition: PartitionIndex? = nil) throws -> [StoredRecord] {
        let broker = try running()
        var records: [StoredRecord] = []
        for number in try partitions(of: topic) where partition == nil || partition == number {
            do {
                let log = try broker.partitions.leading(topic, number).log
                var offset = log.logStartOffset
                while true {
                    let slice = try log.read(from: offset, maxBytes: 1 << 20, upperBound: log.logEndOffset)
                    guard !slice.isEmpty else { break }
                    var batches = RecordBatchSequence(try slice.read())
                    while let batch = try batches.next() {
                        records += try Self.records(in: batch, partition: number, from: offset)
                        offset = batch.header.nextOffset
                    }
                }
            } catch { throw TestBrokerError("\(topic)-\(number) cannot be read: \(error)") }
        }
        return records
    }

    private static func records(
        in batch: RecordBatch, partition: PartitionIndex, from offset: Offset
    ) throws -> [StoredRecord] {
        guard !batch.header.attributes.contains(.control) else { return [] }
        let compression = batch.header.attributes.compression
        var payload = batch.payload
        if let codec = BuiltInCodecs.all.first(where: { $0.type == compression }) {
            payload = ByteBuffer()
            try codec.decompress(batch.payload, limit: 1 << 30, into: &payload)
        }
        var records: [StoredRecord] = []
        var sequence = batch.records(from: payload)
        while let record = try sequence.next() {
            // The log may begin in the middle of a batch.
            guard record.offset >= offset else { continue }
            records.append(
                StoredRecord(record, partition: partition, header: batch.header, compression: compression))
        }
        return records
    }
}
