public import BrokerModel
public import BrokerPluginAPI
internal import Synchronization

/// Gives each record to the partition after the last one's, per topic, whatever its key.
public final class RoundRobinPartitioner: ExplainablePartitioner, Plugin {
    public static let name = "round-robin"
    public static let summary = "One partition after the other, whatever the key."

    private let next = Mutex<[String: UInt32]>([:])

    public init(_ configuration: NoConfiguration = NoConfiguration()) {}

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

    public func explain(_ record: PartitionerContext) -> PartitionRoute {
        PartitionRoute(0..<max(record.partitionCount, 1), because: "records take turns, whatever their keys")
    }
}
