import BrokerModel
import BrokerPrimitives
import BrokerWire

/// The requests about a group's offsets, for members and administrators alike.
enum GroupOffsets {
    static func commitRequest(
        group: String, memberID: String = "", generation: Int32 = -1, instanceID: String? = nil,
        _ offsets: [TopicPartition: CommittedOffset]
    ) -> OffsetCommitRequest {
        let topics = Dictionary(grouping: offsets.sorted { $0.key < $1.key }, by: \.key.topic)
        return OffsetCommitRequest(
            groupID: group, generationIDOrMemberEpoch: generation, memberID: memberID, groupInstanceID: instanceID,
            topics: topics.sorted { $0.key < $1.key }.map { topic, offsets in
                .init(
                    name: topic,
                    partitions: offsets.map { partition, offset in
                        .init(
                            partitionIndex: partition.partition, committedOffset: offset.offset,
                            committedLeaderEpoch: offset.leaderEpoch, committedMetadata: offset.metadata)
                    })
            })
    }

    /// What went wrong, if anything; an error that lasts before one that passes.
    static func firstFailure(in response: OffsetCommitResponse) -> (TopicPartition, ErrorCode)? {
        let failures = response.topics.flatMap { topic in
            topic.partitions.filter { $0.errorCode != .none }.map {
                (TopicPartition(topic: topic.name, partition: $0.partitionIndex), $0.errorCode)
            }
        }
        return failures.first { !$0.1.isRetriable } ?? failures.first
    }

    /// What a group has committed, once; partitions it has nothing for are missing.
    ///
    /// - Parameters:
    ///   - partitions: nil for all.
    ///   - isStable: whether to wait for open transactions that commit offsets.
    static func fetch(
        _ partitions: [TopicPartition]?, of group: String, over connection: BrokerConnection, isStable: Bool
    ) async throws(ClientError) -> [TopicPartition: CommittedOffset] {
        let oldest: Int16 = isStable ? 7 : partitions == nil ? 2 : 1
        // Later versions name topics by ids only.
        let version = try connection.versions.pick(OffsetFetchRequest.self, within: oldest...9)
        let topics = partitions.map { partitions in
            Dictionary(grouping: partitions, by: \.topic).sorted { $0.key < $1.key }
        }
        let request: OffsetFetchRequest
        if version >= 8 {
            let asked = topics.map { topics in
                topics.map {
                    OffsetFetchRequest.OffsetFetchRequestTopics(
                        name: $0.key, partitionIndexes: $0.value.map(\.partition))
                }
            }
            request = OffsetFetchRequest(groups: [.init(groupID: group, topics: asked)], requireStable: isStable)
        } else {
            let asked = topics.map { topics in
                topics.map {
                    OffsetFetchRequest.OffsetFetchRequestTopic(
                        name: $0.key, partitionIndexes: $0.value.map(\.partition))
                }
            }
            request = OffsetFetchRequest(groupID: group, topics: asked, requireStable: isStable)
        }
        let response = try await connection.send(request, within: version...version)
        return try read(response, of: group, version: version)
    }

    private static func read(
        _ response: OffsetFetchResponse, of group: String, version: Int16
    ) throws(ClientError) -> [TopicPartition: CommittedOffset] {
        var found: [TopicPartition: CommittedOffset] = [:]
        func take(
            _ topic: String, _ partition: PartitionIndex, _ offset: Offset, _ epoch: LeaderEpoch, _ metadata: String?,
            _ error: ErrorCode
        ) throws(ClientError) {
            let partition = TopicPartition(topic: topic, partition: partition)
            guard error == .none else {
                throw GroupMember.explained(error, "offset of \(partition) in group '\(group)'")
            }
            guard offset >= 0 else { return }
            found[partition] = CommittedOffset(offset, leaderEpoch: epoch, metadata: metadata ?? "")
        }
        if version >= 8 {
            guard let answer = response.groups.first(where: { $0.groupID == group }) else {
                throw AdminClient.unanswered(group)
            }
            guard answer.errorCode == .none else {
                throw GroupMember.explained(answer.errorCode, "offsets of group '\(group)'")
            }
            for topic in answer.topics {
                for p in topic.partitions {
                    try take(
                        topic.name, p.partitionIndex, p.committedOffset, p.committedLeaderEpoch, p.metadata, p.errorCode
                    )
                }
            }
            return found
        }
        guard response.errorCode == .none else {
            throw GroupMember.explained(response.errorCode, "offsets of group '\(group)'")
        }
        for topic in response.topics {
            for p in topic.partitions {
                try take(
                    topic.name, p.partitionIndex, p.committedOffset, p.committedLeaderEpoch, p.metadata, p.errorCode)
            }
        }
        return found
    }
}
