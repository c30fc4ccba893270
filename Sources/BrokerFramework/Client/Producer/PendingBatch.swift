import BrokerModel

/// The id of an idempotent producer and its epoch in one partition.
struct ProducerIdentity: Hashable, Sendable {
    var id: ProducerID
    var epoch: ProducerEpoch
}

/// A batch on its way: its records, and who waits for them.
struct PendingBatch<Waiter: Sendable>: Sendable {
    /// Rises with time, over all partitions.
    let id: Int
    let partition: TopicPartition
    let createdAt: Int64
    var builder: RecordBatchBuilder
    var attempts = 0
    /// The batch's place among those of its partition and epoch.
    var ordinal = 0
    /// Memory held for the batch.
    var reservedByteCount = 0
    var records: [(waiter: Waiter, timestamp: Timestamp)] = []
}

/// How an attempt to send a batch ended.
enum BatchOutcome: Sendable {
    /// Offset −1 if the broker does not tell; append time −1 if records keep their own.
    case appended(baseOffset: Offset, logAppendTime: Timestamp)
    case failed(ClientError)
}

/// A batch that is over: each waiter gets its record's place, or the error.
struct BatchDelivery<Waiter: Sendable>: Sendable {
    let batch: PendingBatch<Waiter>
    let outcome: BatchOutcome

    /// The place of the record number `index`.
    func metadata(at index: Int) -> Result<RecordMetadata, ClientError> {
        switch outcome {
        case .failed(let error): return .failure(error)
        case .appended(let baseOffset, let logAppendTime):
            return .success(
                RecordMetadata(
                    topic: batch.partition.topic, partition: batch.partition.partition,
                    offset: baseOffset >= 0 ? baseOffset &+ Offset(index) : nil,
                    timestamp: logAppendTime >= 0 ? logAppendTime : batch.records[index].timestamp))
        }
    }
}
