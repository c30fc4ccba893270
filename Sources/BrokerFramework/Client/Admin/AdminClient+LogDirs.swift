public import BrokerModel
public import BrokerPrimitives
internal import BrokerWire

/// A directory in which a broker keeps partitions (KIP-113, KIP-827).
public struct LogDirectoryDescription: Sendable, Hashable {
    public var broker: NodeID
    public var path: String
    /// Why it cannot be used; nil if it can.
    public var failure: ErrorCode?
    /// The size of the file system it lies on, in bytes; nil if the broker does not tell.
    public var totalByteCount: Int64?
    /// How much of it is free, in bytes; nil if the broker does not tell.
    public var usableByteCount: Int64?
    /// In the order of their topics and numbers.
    public var replicas: [Replica]

    /// What a partition takes in the directory.
    public struct Replica: Sendable, Hashable {
        public var partition: TopicPartition
        /// The size of all its segments, in bytes.
        public var byteCount: Int64
        /// How many records behind the partition's high watermark, or behind the present replica if this is a future one.
        public var offsetLag: Int64
        /// Whether it is being moved here and will replace the one elsewhere.
        public var isFuture: Bool
    }
}

extension AdminClient {
    /// Describes the log directories of brokers, in the order of the brokers and the directories' paths.
    ///
    /// - Parameters:
    ///   - brokers: nil for all there are.
    ///   - topics: the topics to tell of; nil for all.
    public func describeLogDirectories(
        of brokers: [NodeID]? = nil, topics: [String]? = nil
    ) async throws(ClientError) -> [LogDirectoryDescription] {
        var wanted: [DescribeLogDirsRequest.DescribableLogDirTopic]?
        if let topics {
            wanted = []
            for name in topics {
                let topic = try await describeTopic(name)
                wanted?.append(.init(topic: name, partitions: topic.partitions.map(\.index)))
            }
        }
        if await cluster.metadata.brokers.isEmpty {
            try await cluster.retrying { () async throws(ClientError) in try await cluster.refresh([]) }
        }
        let known = await cluster.metadata.brokers.keys.sorted()
        var directories: [LogDirectoryDescription] = []
        for broker in brokers ?? known {
            let request = DescribeLogDirsRequest(topics: wanted)
            let response = try await cluster.retrying { () async throws(ClientError) in
                let response = try await cluster.connection(to: broker).send(request)
                guard response.errorCode == .none else {
                    throw .server(response.errorCode, "log directories of broker \(broker)")
                }
                return response
            }
            directories += response.results.map { LogDirectoryDescription($0, of: broker) }.sorted { $0.path < $1.path }
        }
        return directories
    }
}

extension LogDirectoryDescription {
    fileprivate init(_ answer: DescribeLogDirsResponse.DescribeLogDirsResult, of broker: NodeID) {
        let replicas = answer.topics.flatMap { topic in
            topic.partitions.map {
                Replica(
                    partition: TopicPartition(topic: topic.name, partition: $0.partitionIndex),
                    byteCount: $0.partitionSize, offsetLag: $0.offsetLag, isFuture: $0.isFutureKey)
            }
        }
        self.init(
            broker: broker, path: answer.logDir,
            failure: answer.errorCode == .none ? nil : answer.errorCode,
            totalByteCount: answer.totalBytes >= 0 ? answer.totalBytes : nil,
            usableByteCount: answer.usableBytes >= 0 ? answer.usableBytes : nil,
            replicas: replicas.sorted { $0.partition < $1.partition })
    }
}
