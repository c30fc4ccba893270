public import BrokerModel
internal import BrokerPrimitives
internal import BrokerWire

/// A place in a partition's log, by what stands there.
public enum OffsetSpec: Sendable, Hashable {
    /// The first offset that is still there.
    case earliest
    /// The offset the next record will get; with `readCommitted` the last stable offset.
    case latest
    /// The first record whose timestamp is at least this, in milliseconds since 1970.
    case timestamp(Timestamp)
    /// The record with the largest timestamp (KIP-734).
    case maxTimestamp

    var code: Int64 {
        switch self {
        case .earliest: -2
        case .latest: -1
        case .timestamp(let time): max(0, time)
        case .maxTimestamp: -3
        }
    }
}

/// Which records a reader gets to see.
public enum IsolationLevel: Int8, Sendable, Hashable {
    case readUncommitted = 0
    /// Only records of committed transactions and those outside of any.
    case readCommitted = 1
}

/// The offset found for a spec.
public struct ListedOffset: Sendable, Hashable {
    /// Nil if no record is that young.
    public var offset: Offset?
    /// The record's timestamp; −1 for `earliest` and `latest`.
    public var timestamp: Timestamp
    public var leaderEpoch: LeaderEpoch
}

extension AdminClient {
    /// Finds offsets; asks each partition's leader.
    public func listOffsets(
        _ specs: [TopicPartition: OffsetSpec], isolation: IsolationLevel = .readUncommitted
    ) async throws(ClientError) -> [TopicPartition: ListedOffset] {
        try await cluster.listOffsets(specs, isolation: isolation)
    }

    /// Deletes every record before an offset; −1 means all there are. Answers each partition's new first offset.
    public func deleteRecords(
        before offsets: [TopicPartition: Offset]
    ) async throws(ClientError) -> [TopicPartition: Offset] {
        var rest = offsets
        var done: [TopicPartition: Offset] = [:]
        try await cluster.retrying { () async throws(ClientError) in
            var failure: ClientError?
            for (leader, partitions) in try await cluster.byLeader(rest.keys.sorted()) {
                let topics = Dictionary(grouping: partitions, by: \.topic).sorted { $0.key < $1.key }
                let request = DeleteRecordsRequest(
                    topics: topics.map { topic, partitions in
                        .init(
                            name: topic,
                            partitions: partitions.map {
                                .init(partitionIndex: $0.partition, offset: rest[$0] ?? 0)
                            })
                    }, timeoutMs: timeoutMilliseconds)
                let response = try await cluster.connection(to: leader).send(request)
                for topic in response.topics {
                    for answer in topic.partitions {
                        let partition = TopicPartition(topic: topic.name, partition: answer.partitionIndex)
                        if answer.errorCode == .none {
                            done[partition] = answer.lowWatermark
                            rest[partition] = nil
                        } else {
                            failure = .server(answer.errorCode, "delete records of \(partition)")
                        }
                    }
                }
            }
            if let failure {
                try await cluster.refresh(Set(rest.keys.map(\.topic)).sorted())
                throw failure
            }
        }
        return done
    }
}

extension Cluster {
    /// Partitions grouped by the broker that leads them, in the order of the brokers' ids.
    func byLeader(_ partitions: [TopicPartition]) async throws(ClientError) -> [(NodeID, [TopicPartition])] {
        var groups: [NodeID: [TopicPartition]] = [:]
        for partition in partitions {
            let topic = try await topic(partition.topic)
            guard let known = topic[partition.partition] else {
                throw .server(.unknownTopicOrPartition, "partition \(partition)")
            }
            guard let leader = known.leader else {
                try await refresh([partition.topic])
                throw .server(.leaderNotAvailable, "partition \(partition)")
            }
            groups[leader, default: []].append(partition)
        }
        return groups.sorted { $0.key < $1.key }
    }

    nonisolated(nonsending) func listOffsets(
        _ specs: [TopicPartition: OffsetSpec], isolation: IsolationLevel, timeoutMilliseconds: Int64? = nil
    ) async throws(ClientError) -> [TopicPartition: ListedOffset] {
        var rest = specs
        var found: [TopicPartition: ListedOffset] = [:]
        try await retrying(timeoutMilliseconds: timeoutMilliseconds) { () async throws(ClientError) in
            var failure: ClientError?
            for (leader, partitions) in try await byLeader(rest.keys.sorted()) {
                let answers: [(TopicPartition, ListOffsetsResponse.ListOffsetsPartitionResponse)]
                do throws(ClientError) {
                    answers = try await askOffsets(of: partitions, specs: rest, leader: leader, isolation: isolation)
                } catch {
                    guard error.isRetriable else { throw error }
                    failure = error
                    continue
                }
                for (partition, answer) in answers {
                    guard answer.errorCode == .none else {
                        failure = .server(answer.errorCode, "offsets of \(partition)")
                        continue
                    }
                    found[partition] = ListedOffset(
                        offset: answer.offset >= 0 ? answer.offset : nil, timestamp: answer.timestamp,
                        leaderEpoch: answer.leaderEpoch)
                    rest[partition] = nil
                }
            }
            if let failure {
                // The leader may have moved.
                try await refresh(Set(rest.keys.map(\.topic)).sorted())
                throw failure
            }
            guard rest.isEmpty else {
                throw ClientError(.malformedResponse, "the broker's answer leaves out \(rest.keys.sorted())")
            }
        }
        return found
    }

    private nonisolated(nonsending) func askOffsets(
        of partitions: [TopicPartition], specs: [TopicPartition: OffsetSpec], leader: NodeID,
        isolation: IsolationLevel
    ) async throws(ClientError) -> [(TopicPartition, ListOffsetsResponse.ListOffsetsPartitionResponse)] {
        let topics = Dictionary(grouping: partitions, by: \.topic).sorted { $0.key < $1.key }
        let request = ListOffsetsRequest(
            replicaID: -1, isolationLevel: isolation.rawValue,
            topics: topics.map { topic, partitions in
                .init(
                    name: topic,
                    partitions: partitions.map {
                        .init(
                            partitionIndex: $0.partition, currentLeaderEpoch: -1,
                            timestamp: (specs[$0] ?? .latest).code)
                    })
            }, timeoutMs: Int32(clamping: configuration.requestTimeoutMilliseconds))
        var oldest: Int16 = isolation == .readCommitted ? 2 : 1
        if specs.values.contains(.maxTimestamp) { oldest = 7 }
        let response = try await connection(to: leader).send(request, within: oldest...11)
        return response.topics.flatMap { topic in
            topic.partitions.map { (TopicPartition(topic: topic.name, partition: $0.partitionIndex), $0) }
        }
    }
}
