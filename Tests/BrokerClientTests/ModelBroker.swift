import BrokerModel
import BrokerPrimitives

@testable import BrokerClient

/// What a broker does with the batches of one idempotent producer: Kafka's rules about sequence numbers, in the
/// smallest form.
struct ModelBroker {
    private struct Partition {
        var log: [Int] = []
        var epoch: ProducerEpoch = -1
        var nextSequence: Int32 = 0
        /// The last five batches: first sequence number, count and offset.
        var recent: [(sequence: Int32, count: Int32, offset: Offset)] = []
    }

    private var partitions: [TopicPartition: Partition] = [:]

    func log(of partition: TopicPartition) -> [Int] { partitions[partition]?.log ?? [] }

    mutating func append(_ batch: PendingBatch<Int>) -> BatchOutcome {
        var state = partitions[batch.partition, default: Partition()]
        let (epoch, sequence) = (batch.builder.producerEpoch, batch.builder.baseSequence)
        let count = batch.builder.recordCount
        if epoch < state.epoch { return .failed(.server(.invalidProducerEpoch, "model")) }
        if epoch > state.epoch {
            guard sequence == 0 || state.epoch < 0 else { return .failed(.server(.outOfOrderSequenceNumber, "model")) }
            state.recent = []
        } else {
            if let known = state.recent.first(where: { $0.sequence == sequence && $0.count == count }) {
                return .appended(baseOffset: known.offset, logAppendTime: -1)
            }
            guard sequence == state.nextSequence else { return .failed(.server(.outOfOrderSequenceNumber, "model")) }
        }
        let offset = Offset(state.log.count)
        state.log += batch.records.map(\.waiter)
        state.epoch = epoch
        state.nextSequence = RecordBatchHeader.sequence(sequence, advancedBy: count)
        state.recent = (state.recent + [(sequence, count, offset)]).suffix(5)
        partitions[batch.partition] = state
        return .appended(baseOffset: offset, logAppendTime: -1)
    }
}
