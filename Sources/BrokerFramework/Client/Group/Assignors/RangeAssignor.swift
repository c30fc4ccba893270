public import BrokerModel

/// Gives each member a run of neighbouring partitions of every topic.
///
/// Members that subscribe to the same topics with equal numbers of partitions get the same numbers of each, so that
/// records with equal keys meet. The first members get one more where a number does not divide, in every topic anew.
public struct RangeAssignor: PartitionAssignor {
    public init() {}

    public var name: String { "range" }

    public func assign(_ group: GroupSubscription) -> [String: [TopicPartition]] {
        var assignment: [String: [TopicPartition]] = [:]
        for (topic, count, subscribers) in group.subscribers {
            let (share, extra) = Int(count).quotientAndRemainder(dividingBy: subscribers.count)
            var next: PartitionIndex = 0
            for (index, place) in subscribers.enumerated() {
                let end = next + PartitionIndex(share + (index < extra ? 1 : 0))
                assignment[group.members[place].id, default: []] += (next..<end).map {
                    TopicPartition(topic: topic, partition: $0)
                }
                next = end
            }
        }
        return assignment
    }
}
