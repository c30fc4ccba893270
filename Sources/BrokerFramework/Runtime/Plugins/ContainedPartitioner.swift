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
        let outcome = use.call(flaw: { chosen in
            (0..<record.partitionCount).contains(chosen)
                ? nil : "chose partition \(chosen), and there are 0 to \(record.partitionCount - 1)"
        }) { () throws(Never) in partitioner.partition(for: record) }
        switch outcome {
        case .answer(let partition): return partition
        case .badAnswer(let flaw):
            throw PartitionError(
                .unknownServerError, "The topic's partitioner '\(use.monitor.name)' misbehaves: it \(flaw).")
        case .failure, .off:
            guard let fallback else {
                throw PartitionError(
                    .unknownServerError,
                    "The topic's partitioner has failed and is left alone for a while; name a partition.")
            }
            return fallback.partition(for: record)
        }
    }
}
