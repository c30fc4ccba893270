public import BrokerClient
public import BrokerModel
internal import BrokerPluginAPI
internal import BrokerWorld
internal import Codecs
internal import NIOCore
internal import Partitioners

/// Ready-made clients of the native library. They share connections, and end with the broker.
extension TestBroker {
    /// How the native clients find this broker, and tell its time.
    public var clientConfiguration: ClientConfiguration {
        var configuration = ClientConfiguration(bootstrapServers: [BrokerAddress(host: "127.0.0.1", port: port)])
        configuration.clientID = "test"
        // What fails in a test is tried again soon.
        configuration.retryBackoffMilliseconds = 10
        configuration.reconnectBackoffMilliseconds = 10
        configuration.reconnectBackoffMaximumMilliseconds = 100
        // Records are stamped with the broker's time; the client's own waiting goes by the system's.
        configuration.world.wallMilliseconds = world.wallMilliseconds
        return configuration
    }

    /// The connections and metadata that the clients made here share.
    public var cluster: Cluster {
        sharedCluster(or: Cluster(clientConfiguration))
    }

    /// A producer that sends each record at once, or as `configuration` says.
    ///
    /// - Parameter compression: how batches are compressed.
    public func producer(
        _ configuration: ProducerConfiguration = .immediate, compression: CompressionType = .none
    ) throws -> Producer {
        try Producer(
            cluster: cluster, configuration: configuration, partitioner: KeyHashPartitioner(),
            codec: BuiltInCodecs.all.first { $0.type == compression })
    }

    /// A consumer of all partitions of some topics, from their beginning or as `configuration` says.
    public func consumer(
        of topics: String..., configuration: ConsumerConfiguration = .fromBeginning
    ) async throws -> Consumer {
        let consumer = Consumer(cluster: cluster, configuration: configuration, codecs: BuiltInCodecs.all)
        let assignment = try topics.flatMap { topic in
            try partitions(of: topic).map { TopicPartition(topic: topic, partition: $0) }
        }
        await consumer.assign(assignment)
        return consumer
    }

    /// A member of a consumer group that reads some topics, from what the group committed or from their beginning.
    /// It joins when it is polled.
    public func consumer(
        of topics: String..., inGroup group: String, configuration: ConsumerConfiguration = .fromBeginning
    ) async throws -> Consumer {
        var configuration = configuration
        if configuration.group?.groupID != group { configuration.group = GroupConfiguration(groupID: group) }
        let consumer = Consumer(cluster: cluster, configuration: configuration, codecs: BuiltInCodecs.all)
        try await consumer.subscribe(topics)
        return consumer
    }

    /// An admin client.
    public var admin: AdminClient { AdminClient(cluster: cluster) }
}

extension ProducerConfiguration {
    /// Does not wait for more records before it sends.
    public static var immediate: ProducerConfiguration {
        var configuration = ProducerConfiguration()
        configuration.lingerMilliseconds = 0
        return configuration
    }
}

extension ConsumerConfiguration {
    /// Begins with the oldest record.
    public static var fromBeginning: ConsumerConfiguration {
        var configuration = ConsumerConfiguration()
        configuration.offsetReset = .earliest
        return configuration
    }
}

extension ConsumerRecord {
    /// The key as text.
    public var keyText: String? { key.map { String(buffer: $0) } }
    /// The value as text.
    public var text: String? { value.map { String(buffer: $0) } }
}
