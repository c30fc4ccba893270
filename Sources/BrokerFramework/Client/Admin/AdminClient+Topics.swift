public import BrokerModel
public import BrokerPrimitives
internal import BrokerWire

/// A topic to be created.
public struct NewTopic: Sendable, Hashable {
    public var name: String
    /// Nil for the broker's default.
    public var partitionCount: Int32?
    /// Nil for the broker's default.
    public var replicationFactor: Int16?
    /// The brokers of each partition; instead of both counts.
    public var assignments: [PartitionIndex: [NodeID]]
    public var configs: [String: String]

    public init(
        _ name: String, partitionCount: Int32? = nil, replicationFactor: Int16? = nil,
        assignments: [PartitionIndex: [NodeID]] = [:], configs: [String: String] = [:]
    ) {
        self.name = name
        self.partitionCount = partitionCount
        self.replicationFactor = replicationFactor
        self.assignments = assignments
        self.configs = configs
    }
}

/// A topic that was created.
public struct CreatedTopic: Sendable, Hashable {
    public var name: String
    /// All zero if the broker does not tell.
    public var id: TopicID
    /// −1 if the broker does not tell.
    public var partitionCount: Int32
    /// −1 if the broker does not tell.
    public var replicationFactor: Int16
}

extension AdminClient {
    /// Creates topics; one result for each, in order.
    ///
    /// - Parameter validateOnly: whether only to find out if it could be done.
    public func createTopics(
        _ topics: [NewTopic], validateOnly: Bool = false
    ) async throws(ClientError) -> [Result<CreatedTopic, ClientError>] {
        let request = CreateTopicsRequest(
            topics: topics.map { topic in
                .init(
                    name: topic.name, numPartitions: topic.assignments.isEmpty ? topic.partitionCount ?? -1 : -1,
                    replicationFactor: topic.assignments.isEmpty ? topic.replicationFactor ?? -1 : -1,
                    assignments: topic.assignments.sorted { $0.key < $1.key }.map {
                        .init(partitionIndex: $0.key, brokerIDs: $0.value)
                    },
                    configs: topic.configs.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: $0.value) })
            }, timeoutMs: timeoutMilliseconds, validateOnly: validateOnly)
        let response = try await cluster.retrying { () async throws(ClientError) in
            let response = try await sendToController(request, within: 4...7)
            try Self.checkController(response.topics.map(\.errorCode))
            return response
        }
        return topics.map { topic in
            guard let answer = response.topics.first(where: { $0.name == topic.name }) else {
                return .failure(Self.unanswered(topic.name))
            }
            guard answer.errorCode == .none else {
                return .failure(.server(answer.errorCode, "topic '\(topic.name)'", message: answer.errorMessage))
            }
            return .success(
                CreatedTopic(
                    name: answer.name, id: answer.topicID, partitionCount: answer.numPartitions,
                    replicationFactor: answer.replicationFactor))
        }
    }

    /// Deletes topics by name; one result for each, in order.
    public func deleteTopics(_ names: [String]) async throws(ClientError) -> [Result<Void, ClientError>] {
        let response = try await cluster.retrying { () async throws(ClientError) in
            // From version 6 on the names stand beside ids.
            if await cluster.metadata.brokers.isEmpty { try await cluster.refresh([]) }
            let newest = try await cluster.anyConnection().versions.pick(DeleteTopicsRequest.self)
            let request =
                newest >= 6
                ? DeleteTopicsRequest(topics: names.map { .init(name: $0) }, timeoutMs: timeoutMilliseconds)
                : DeleteTopicsRequest(topicNames: names, timeoutMs: timeoutMilliseconds)
            let response = try await sendToController(request, within: newest >= 6 ? 6...6 : 1...5)
            try Self.checkController(response.responses.map(\.errorCode))
            return response
        }
        return names.map { name in
            guard let answer = response.responses.first(where: { $0.name == name }) else {
                return .failure(Self.unanswered(name))
            }
            guard answer.errorCode == .none else {
                return .failure(.server(answer.errorCode, "topic '\(name)'", message: answer.errorMessage))
            }
            return .success(())
        }
    }

    /// Raises the number of a topic's partitions to `total`.
    public func createPartitions(
        topic: String, total: Int32, validateOnly: Bool = false
    ) async throws(ClientError) {
        let request = CreatePartitionsRequest(
            topics: [.init(name: topic, count: total, assignments: nil)], timeoutMs: timeoutMilliseconds,
            validateOnly: validateOnly)
        let response = try await cluster.retrying { () async throws(ClientError) in
            let response = try await sendToController(request)
            try Self.checkController(response.results.map(\.errorCode))
            return response
        }
        guard let answer = response.results.first else { throw Self.unanswered(topic) }
        guard answer.errorCode == .none else {
            throw .server(answer.errorCode, "topic '\(topic)'", message: answer.errorMessage)
        }
    }

    /// All topics, by name.
    public func listTopics(includingInternal: Bool = false) async throws(ClientError) -> [TopicMetadata] {
        let metadata = try await cluster.retrying { () async throws(ClientError) in try await cluster.refreshAll() }
        return metadata.topics.values.filter { includingInternal || !$0.isInternal }.sorted { $0.name < $1.name }
    }

    /// The topic as the cluster knows it now. Does not create it, and does not wait for it to appear.
    public func describeTopic(_ name: String) async throws(ClientError) -> TopicMetadata {
        try await cluster.lookUp(name)
    }

    /// Fails the whole request if it met a broker that cannot reach the controller, so that it is tried again.
    private static func checkController(_ errors: [ErrorCode]) throws(ClientError) {
        if errors.contains(.notController) { throw .server(.notController, "the controller moved") }
    }

    static func unanswered(_ name: String) -> ClientError {
        ClientError(.malformedResponse, "the broker's answer leaves out '\(name)'")
    }
}
