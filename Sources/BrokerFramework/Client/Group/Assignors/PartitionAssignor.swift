public import BrokerModel
public import NIOCore

/// Shares out the partitions of a group's topics among its members. Only the group's leader is asked.
///
/// Members compare names: a group works with an assignor that all of its members have, whatever client they are. So the
/// built-in ones have Kafka's names, and do what Kafka's do.
public protocol PartitionAssignor: Sendable {
    /// The name in the group's protocol, `range` for example.
    var name: String { get }

    /// Whether members keep their partitions while the group rebalances and give up only what goes to others (KIP-429).
    /// A member is cooperative only if all its assignors are.
    var isCooperative: Bool { get }

    /// What a member tells the leader beside topics and partitions; nil for nothing.
    ///
    /// - Parameters:
    ///   - previous: the partitions the member was given last, in order.
    ///   - generation: the group's generation then; −1 if there was none.
    func userData(previous: [TopicPartition], generation: Int32) -> ByteBuffer?

    /// The partitions of each member, by the member's id; a member that is left out gets none.
    ///
    /// Must not give a partition to two members, nor to one that does not subscribe to its topic.
    func assign(_ group: GroupSubscription) -> [String: [TopicPartition]]
}

extension PartitionAssignor {
    public var isCooperative: Bool { false }
    public func userData(previous: [TopicPartition], generation: Int32) -> ByteBuffer? { nil }
}

/// What a group's leader knows when it shares out partitions.
public struct GroupSubscription: Sendable, Hashable {
    /// A member and what it said when it joined.
    public struct Member: Sendable, Hashable {
        public var id: String
        /// Set for a static member (KIP-345).
        public var instanceID: String?
        public var topics: [String]
        /// What the member holds and would like to keep. Members that give up everything before they join say none.
        public var owned: [TopicPartition]
        /// The generation `owned` is from; −1 if the member does not tell.
        public var generation: Int32
        public var rack: String?
        /// What the member's assignor adds.
        public var userData: ByteBuffer?

        public init(
            id: String, instanceID: String? = nil, topics: [String], owned: [TopicPartition] = [],
            generation: Int32 = -1, rack: String? = nil, userData: ByteBuffer? = nil
        ) {
            self.id = id
            self.instanceID = instanceID
            self.topics = topics
            self.owned = owned
            self.generation = generation
            self.rack = rack
            self.userData = userData
        }
    }

    /// In the order in which they are served: static members by instance id, then the others by id. So a static member
    /// keeps its place when it restarts.
    public let members: [Member]
    /// Topics that do not exist are missing.
    public let partitionCounts: [String: PartitionIndex]

    public init(members: [Member], partitionCounts: [String: PartitionIndex]) {
        self.members = members.sorted { left, right in
            switch (left.instanceID, right.instanceID) {
            case (let left?, let right?): left < right
            case (_?, nil): true
            case (nil, _?): false
            case (nil, nil): left.id < right.id
            }
        }
        self.partitionCounts = partitionCounts
    }

    /// The topics that exist and have subscribers, by name, with the places of these in `members`.
    var subscribers: [(topic: String, count: PartitionIndex, members: [Int])] {
        var places: [String: [Int]] = [:]
        for (place, member) in members.enumerated() {
            for topic in Set(member.topics) { places[topic, default: []].append(place) }
        }
        return places.keys.sorted().compactMap { topic in
            guard let count = partitionCounts[topic], count > 0, let members = places[topic] else { return nil }
            return (topic, count, members)
        }
    }
}
