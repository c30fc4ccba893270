public import BrokerModel

/// Deals out the partitions of all topics one by one. Spreads many topics with few partitions more evenly than `range`.
public struct RoundRobinAssignor: PartitionAssignor {
    public init() {}

    public var name: String { "roundrobin" }

    public func assign(_ group: GroupSubscription) -> [String: [TopicPartition]] {
        var assignment: [String: [TopicPartition]] = [:]
        var turn = 0
        for (topic, count, subscribers) in group.subscribers {
            let takers = Set(subscribers)
            for partition in 0..<count {
                // There is one who takes it, or the topic would not be here.
                while !takers.contains(turn) { turn = (turn + 1) % group.members.count }
                assignment[group.members[turn].id, default: []].append(
                    TopicPartition(topic: topic, partition: partition))
                turn = (turn + 1) % group.members.count
            }
        }
        return assignment
    }
}
