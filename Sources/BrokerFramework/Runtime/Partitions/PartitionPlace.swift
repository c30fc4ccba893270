package import BrokerModel

/// Where a request may use a partition.
package enum PartitionPlace: Sendable {
    /// On the thread that asks.
    case here(Partition)
    /// On threads that may wait for the storage that its topic has chosen.
    case elsewhere(DistantPartition)

    package var topic: TopicPartition {
        switch self {
        case .here(let partition): partition.topic
        case .elsewhere(let partition): partition.topic
        }
    }

    /// Appends what a client sent, on another thread, after everything that was handed in before.
    ///
    /// - Parameter done: called on any thread.
    package func append(
        _ batch: ProducedBatch, then done: @escaping @Sendable (Result<AppendedBatch, PartitionError>) -> Void
    ) {
        switch self {
        case .here(let partition): partition.append(batch, then: done)
        case .elsewhere(let partition): partition.append(batch, then: done)
        }
    }
}

/// A partition that may be used only on threads of its storage, and is perhaps made there first.
package struct DistantPartition: Sendable {
    package let topic: TopicPartition
    private let lane: AppendLane
    private let find: @Sendable () throws(PartitionError) -> Partition

    init(topic: TopicPartition, lane: AppendLane, find: @escaping @Sendable () throws(PartitionError) -> Partition) {
        self.topic = topic
        self.lane = lane
        self.find = find
    }

    fileprivate func append(
        _ batch: ProducedBatch, then done: @escaping @Sendable (Result<AppendedBatch, PartitionError>) -> Void
    ) {
        lane.run { [find] in
            done(Result { () throws(PartitionError) in try find().append(batch) })
        }
    }
}
