package import BrokerModel
internal import BrokerPrimitives

/// An offset that a group has committed for a partition.
package struct CommittedOffset: Hashable, Sendable {
    package var offset: Offset
    /// −1 where the committer did not know it.
    package var leaderEpoch: LeaderEpoch
    package var metadata: String
    package var commitTimestamp: Timestamp
    /// When the committer wanted it forgotten, as old clients could say; nil to go by the broker's retention.
    package var expireTimestamp: Timestamp?
    /// Of the topic when the offset was committed; zero if nobody knew it.
    package var topicID: TopicID

    package init(
        offset: Offset, leaderEpoch: LeaderEpoch = -1, metadata: String = "", commitTimestamp: Timestamp,
        expireTimestamp: Timestamp? = nil, topicID: TopicID = .zero
    ) {
        self.offset = offset
        self.leaderEpoch = leaderEpoch
        self.metadata = metadata
        self.commitTimestamp = commitTimestamp
        self.expireTimestamp = expireTimestamp
        self.topicID = topicID
    }
}

/// The offsets of one group, by topic and partition.
package struct GroupOffsets: Sendable, Equatable {
    private var topics: [String: [PartitionIndex: CommittedOffset]] = [:]
    package private(set) var count = 0

    package init() {}

    package var isEmpty: Bool { count == 0 }
    /// In order.
    package var topicNames: [String] { topics.keys.sorted() }

    package subscript(topic: String, partition: PartitionIndex) -> CommittedOffset? {
        get { topics[topic]?[partition] }
        set {
            let isThere = topics[topic]?[partition] != nil
            count += (newValue == nil ? 0 : 1) - (isThere ? 1 : 0)
            if let newValue {
                topics[topic, default: [:]][partition] = newValue
            } else if isThere {
                topics[topic]?[partition] = nil
                if topics[topic]?.isEmpty == true { topics[topic] = nil }
            }
        }
    }

    /// The offset for a partition of the topic that has this id now; none if it was another topic's of that name.
    package func offset(_ topic: String, _ id: TopicID, _ partition: PartitionIndex) -> CommittedOffset? {
        guard let offset = self[topic, partition] else { return nil }
        return offset.topicID == id || offset.topicID == .zero || id == .zero ? offset : nil
    }

    /// The partitions of a topic that have an offset, in order.
    package func partitions(of topic: String) -> [(partition: PartitionIndex, offset: CommittedOffset)] {
        (topics[topic] ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
