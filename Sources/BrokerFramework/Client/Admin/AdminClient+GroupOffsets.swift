public import BrokerModel
internal import BrokerPrimitives
internal import BrokerWire

/// How far a group is in a partition.
public struct PartitionLag: Sendable, Hashable {
    /// Nil if the group has committed nothing for it.
    public var committed: CommittedOffset?
    /// The first offset there is; nil if the partition does not exist any more or nobody leads it.
    public var startOffset: Offset?
    /// The offset the next record will get; nil as above.
    public var endOffset: Offset?

    /// How many offsets are still to be read, also counting those of records that were compacted away or are control
    /// records; nil if the end is unknown. Counts from the first record there is, where nothing or something before it
    /// is committed.
    public var lag: Offset? {
        guard let endOffset else { return nil }
        return max(0, endOffset - max(committed?.offset ?? 0, startOffset ?? 0))
    }
}

extension AdminClient {
    /// What a group has committed.
    ///
    /// - Parameter partitions: nil for all there is.
    public func listGroupOffsets(
        _ group: String, of partitions: [TopicPartition]? = nil
    ) async throws(ClientError) -> [TopicPartition: CommittedOffset] {
        try await withCoordinator(of: group) { connection, _ throws(ClientError) in
            try await GroupOffsets.fetch(partitions, of: group, over: connection, isStable: false)
        }
    }

    /// Commits offsets for a group that has no members; it is made if it is not there.
    ///
    /// - Throws: `.server` with `unknownMemberId` if the group has members: stop them first, they would go on as before.
    public func alterGroupOffsets(
        _ group: String, _ offsets: [TopicPartition: CommittedOffset]
    ) async throws(ClientError) {
        guard !offsets.isEmpty else { return }
        try await withCoordinator(of: group) { connection, _ throws(ClientError) in
            let request = GroupOffsets.commitRequest(group: group, offsets)
            let response = try await connection.send(request, within: 2...9)
            guard let (partition, error) = GroupOffsets.firstFailure(in: response) else { return }
            let isMembered = error == .unknownMemberId || error == .rebalanceInProgress || error == .illegalGeneration
            throw .server(
                error, "offset of \(partition) in group '\(group)'",
                message: isMembered ? "the group has members; stop them first" : nil)
        }
    }

    /// Forgets what a group has committed for partitions; one result for each. A topic that members subscribe to is an
    /// error `groupSubscribedToTopic`.
    public func deleteGroupOffsets(
        _ group: String, of partitions: [TopicPartition]
    ) async throws(ClientError) -> [TopicPartition: Result<Void, ClientError>] {
        let topics = Dictionary(grouping: partitions, by: \.topic).sorted { $0.key < $1.key }
        let request = OffsetDeleteRequest(
            groupID: group,
            topics: topics.map { topic, partitions in
                .init(name: topic, partitions: partitions.map { .init(partitionIndex: $0.partition) })
            })
        let response = try await withCoordinator(of: group) { connection, _ throws(ClientError) in
            let response = try await connection.send(request)
            guard response.errorCode == .none else { throw .server(response.errorCode, "group '\(group)'") }
            return response
        }
        var results: [TopicPartition: Result<Void, ClientError>] = [:]
        for topic in response.topics {
            for answer in topic.partitions {
                let partition = TopicPartition(topic: topic.name, partition: answer.partitionIndex)
                results[partition] =
                    answer.errorCode == .none
                    ? .success(()) : .failure(.server(answer.errorCode, "offset of \(partition) in group '\(group)'"))
            }
        }
        for partition in partitions where results[partition] == nil {
            results[partition] = .failure(Self.unanswered("\(partition)"))
        }
        return results
    }

    /// How far a group is, in every partition of the topics that it has committed something of, or that are among
    /// `others`.
    ///
    /// - Parameter others: partitions to tell about though nothing is committed, those assigned to members for example.
    public func groupLag(
        _ group: String, others: [TopicPartition] = []
    ) async throws(ClientError) -> [TopicPartition: PartitionLag] {
        let committed = try await listGroupOffsets(group)
        var wanted = Set(committed.keys).union(others)
        let topics = try await cluster.retrying { () async throws(ClientError) in try await cluster.refreshAll() }
            .topics
        // A partition nothing is committed of is one that nobody has read, not one that does not count.
        for topic in Set(wanted.map(\.topic)) {
            for partition in topics[topic]?.partitions ?? [] {
                wanted.insert(TopicPartition(topic: topic, partition: partition.index))
            }
        }
        // What is gone, or has no leader, would hold up the rest.
        let reachable = wanted.filter { topics[$0.topic]?[$0.partition]?.leader != nil }
        let specs = { (spec: OffsetSpec) in Dictionary(uniqueKeysWithValues: reachable.map { ($0, spec) }) }
        let starts = try await listOffsets(specs(.earliest))
        let ends = try await listOffsets(specs(.latest))
        var lags: [TopicPartition: PartitionLag] = [:]
        for partition in wanted {
            lags[partition] = PartitionLag(
                committed: committed[partition], startOffset: starts[partition]?.offset,
                endOffset: ends[partition]?.offset)
        }
        return lags
    }
}
