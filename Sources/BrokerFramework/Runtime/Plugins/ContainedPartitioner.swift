internal import BrokerModel
internal import BrokerPluginAPI
internal import BrokerPrimitives

/// A topic's partitioner for records of this process; while it fails, keys are hashed as stock clients do.
struct ContainedPartitioner: Sendable {
    /// The name of the partitioner that takes over.
    static let fallbackName = "key-hash"

    let partitioner: any Partitioner
    let use: PluginUse
    /// Nil if the broker was assembled without it.
    let fallback: (any Partitioner)?

    /// The partition of a record.
    func partition(for record: PartitionerContext) throws(PartitionError) -> PartitionIndex {
        let chosen: PartitionIndex
        switch use.call({ () throws(Never) in partitioner.partition(for: record) }) {
        case .answer(let partition): chosen = partition
        case .failure, .off:
            guard let fallback else {
                throw PartitionError(
                    .unknownServerError,
                    "The topic's partitioner has failed and is left alone for a while; name a partition.")
            }
            return fallback.partition(for: record)
        }
        guard (0..<record.partitionCount).contains(chosen) else {
            let problem = "it chose partition \(chosen), and there are 0 to \(record.partitionCount - 1)"
            use.misbehaved(problem)
            throw PartitionError(.unknownServerError, "The topic's partitioner misbehaves: \(problem).")
        }
        return chosen
    }
}
