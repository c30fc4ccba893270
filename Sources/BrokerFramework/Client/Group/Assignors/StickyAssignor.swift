public import BrokerModel
internal import BrokerPrimitives
public import NIOCore

/// Balances as well as can be, and moves no more partitions than that takes.
///
/// Members still give up everything before each rebalance; `CooperativeStickyAssignor` spares them that.
public struct StickyAssignor: PartitionAssignor {
    public init() {}

    public var name: String { "sticky" }

    public func userData(previous: [TopicPartition], generation: Int32) -> ByteBuffer? {
        StickyUserData(partitions: previous, generation: generation).encoded
    }

    public func assign(_ group: GroupSubscription) -> [String: [TopicPartition]] {
        var balancer = StickyBalancer(
            group,
            claims: group.members.map { member in
                let told = member.userData.flatMap(StickyUserData.init(decoding:))
                return (told?.partitions ?? [], told?.generation ?? -1)
            })
        balancer.balance()
        return balancer.assignment
    }
}

/// Balances and sticks as `StickyAssignor` does, while members go on with what they keep (KIP-429).
///
/// A partition that moves is left out at first: its owner sees that it has lost it, gives it up and joins again, and
/// only then it is given to the new one. So no two members ever hold it.
public struct CooperativeStickyAssignor: PartitionAssignor {
    public init() {}

    public var name: String { "cooperative-sticky" }
    public var isCooperative: Bool { true }

    /// Kafka's clients before 3.5 look for the generation here.
    public func userData(previous: [TopicPartition], generation: Int32) -> ByteBuffer? {
        var buffer = ByteBuffer()
        buffer.writeInteger(generation)
        return buffer
    }

    public func assign(_ group: GroupSubscription) -> [String: [TopicPartition]] {
        var balancer = StickyBalancer(group, claims: group.members.map { ($0.owned, Self.generation(of: $0)) })
        balancer.balance()
        var owners: [TopicPartition: Set<String>] = [:]
        for member in group.members {
            for partition in member.owned { owners[partition, default: []].insert(member.id) }
        }
        var assignment = balancer.assignment
        for (member, partitions) in assignment {
            assignment[member] = partitions.filter { owners[$0]?.contains(member) ?? true }
        }
        return assignment
    }

    private static func generation(of member: GroupSubscription.Member) -> Int32 {
        guard member.generation < 0, let data = member.userData else { return member.generation }
        return data.getInteger(at: data.readerIndex) ?? -1
    }
}

/// What Kafka's `sticky` puts into a subscription: the partitions a member had, by topic, and since when.
struct StickyUserData: Hashable {
    var partitions: [TopicPartition]
    var generation: Int32

    init(partitions: [TopicPartition], generation: Int32) {
        self.partitions = partitions
        self.generation = generation
    }

    var encoded: ByteBuffer {
        var buffer = ByteBuffer()
        let topics = Dictionary(grouping: partitions, by: \.topic).sorted { $0.key < $1.key }
        buffer.writeInteger(Int32(topics.count))
        for (topic, partitions) in topics {
            buffer.writeInteger(Int16(topic.utf8.count))
            buffer.writeString(topic)
            buffer.writeInteger(Int32(partitions.count))
            for partition in partitions.sorted() { buffer.writeInteger(partition.partition) }
        }
        buffer.writeInteger(generation)
        return buffer
    }

    /// Nil if the bytes are something else. The first version of the format had no generation.
    init?(decoding bytes: ByteBuffer) {
        var bytes = bytes
        guard let topicCount: Int32 = bytes.readInteger(), topicCount >= 0 else { return nil }
        partitions = []
        for _ in 0..<topicCount {
            guard let length: Int16 = bytes.readInteger(), length >= 0,
                let topic = bytes.readString(length: Int(length)),
                let count: Int32 = bytes.readInteger(), count >= 0
            else { return nil }
            for _ in 0..<count {
                guard let partition: PartitionIndex = bytes.readInteger() else { return nil }
                partitions.append(TopicPartition(topic: topic, partition: partition))
            }
        }
        generation = bytes.readInteger() ?? -1
    }
}
