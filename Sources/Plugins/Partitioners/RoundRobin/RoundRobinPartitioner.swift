public import BrokerModel
public import BrokerPluginAPI
internal import Synchronization

/// Gives each record to the partition after the last one's, per topic, whatever its key.
public final class RoundRobinPartitioner: Partitioner {
    private let next = Mutex<[String: UInt32]>([:])

    public init() {}

    public func partition(for record: PartitionerContext) -> PartitionIndex {
        let turn = next.withLock { next in
            let turn = next[record.topic, default: 0]
            next[record.topic] = turn &+ 1
            return turn
        }
        let available = record.availablePartitions
        guard available.isEmpty else { return available[Int(turn % UInt32(available.count))] }
        return PartitionIndex(turn % UInt32(max(record.partitionCount, 1)))
    }
}
