import BrokerMetadata
import BrokerModel
import BrokerPluginAPI
import BrokerPrimitives
import BrokerRuntime
import BrokerWire
import DefaultPlugins
import NIOCore
import Testing

/// What operators ask of a broker, over a socket.
@Suite(.timeLimit(.minutes(2)))
struct AdministrationTests {
    private let brokers = TestBroker()

    private func alter(
        _ client: TestClient, _ kind: ConfigResource.Kind, _ name: String, _ key: String, _ value: String?
    ) async throws -> ErrorCode {
        let response = try await client.call(
            IncrementalAlterConfigsRequest(resources: [
                .init(
                    resourceType: kind.rawValue, resourceName: name,
                    configs: [.init(name: key, configOperation: value == nil ? 1 : 0, value: value)])
            ]), version: 1)
        return try #require(response.responses.first?.errorCode)
    }

    private func describe(
        _ client: TestClient, _ kind: ConfigResource.Kind, _ name: String, keys: [String]? = nil
    ) async throws -> DescribeConfigsResponse.DescribeConfigsResult {
        let response = try await client.call(
            DescribeConfigsRequest(
                resources: [.init(resourceType: kind.rawValue, resourceName: name, configurationKeys: keys)],
                includeSynonyms: true, includeDocumentation: true), version: 4)
        return try #require(response.results.first)
    }

    @Test func `every kind of resource describes its configs, or says why not`() async throws {
        let broker = try await brokers.start(["ssl.keystore.password": "secret"], isEphemeral: true)
        let client = try await TestClient(broker)
        try await client.create("t")
        let configs = try await describe(client, .broker, "1").configs
        let schemas = ConfigSchemas(try PluginSet { DefaultPlugins() })
        #expect(configs.map(\.name) == schemas.broker.definitions.map(\.name))
        #expect(configs.first { $0.name == "num.io.threads" }?.value == "8")
        let password = try #require(configs.first { $0.name == "ssl.keystore.password" })
        #expect(password.isSensitive && password.value == nil && password.synonyms.allSatisfy { $0.value == nil })
        #expect(password.configSource == ConfigSource.staticBroker.rawValue)
        let topic = try await describe(client, .topic, "t").configs
        #expect(topic.prefix(33).map(\.name) == ConfigSchema.topic.definitions.map(\.name))
        #expect(topic.map(\.name) == schemas.topic.definitions.map(\.name))
        #expect(topic.first { $0.name == "partitioner.vip.partitions" }?.documentation?.isEmpty == false)
        #expect(try await describe(client, .group, "g").configs.count == 17)
        #expect(
            try await describe(client, .clientMetrics, "m").configs.map(\.name) == ["metrics", "interval.ms", "match"])
        for (kind, name) in [(ConfigResource.Kind.brokerLogger, "1"), (.group, ""), (.unknown, "x"), (.broker, "2")] {
            let refused = try await describe(client, kind, name)
            #expect(refused.errorCode == .invalidRequest && refused.errorMessage?.isEmpty == false)
        }
        await broker.stop()
    }

    @Test func `a broker's limit on connections changes while it runs, and is there after a restart`() async throws {
        var broker = try await brokers.start()
        let client = try await TestClient(broker)
        #expect(try await alter(client, .broker, "1", "max.connections", "1") == .none)
        #expect(try await describe(client, .broker, "1", keys: ["max.connections"]).configs.first?.configSource == 2)
        let refused = try await TestClient(broker)
        #expect(await refused.ends())
        #expect(try await alter(client, .broker, "1", "max.connections", nil) == .none)
        let welcome = try await TestClient(broker)
        #expect(try await alter(welcome, .broker, "", "max.connections", "2") == .none)
        await broker.stop()
        broker = try await brokers.start()
        let (first, second) = (try await TestClient(broker), try await TestClient(broker))
        #expect(try await describe(first, .broker, "", keys: nil).configs.map(\.value) == ["2"])
        #expect(try await describe(second, .broker, "1", keys: ["max.connections"]).configs.first?.configSource == 3)
        let third = try await TestClient(broker)
        #expect(await third.ends())
        await broker.stop()
    }

    @Test func `a change of the broker's defaults reaches a topic in use`() async throws {
        let broker = try await brokers.start(isEphemeral: true)
        let client = try await TestClient(broker)
        try await client.create("t")
        let batch = producerBatch(3).build()
        #expect(try await client.produce(batch, to: "t").errorCode == .none)
        #expect(try await alter(client, .broker, "1", "message.max.bytes", "10") == .none)
        #expect(try await client.produce(batch, to: "t").errorCode == .messageTooLarge)
        #expect(try await alter(client, .topic, "t", "max.message.bytes", "1000000") == .none)
        #expect(try await client.produce(batch, to: "t").errorCode == .none)
        await broker.stop()
    }

    @Test func `the log directory tells the sizes of logs, open or not`() async throws {
        var broker = try await brokers.start()
        var client = try await TestClient(broker)
        try await client.create("t", partitions: 2)
        try await client.create("u")
        let batch = producerBatch(4).build()
        for _ in 0..<3 { _ = try await client.produce(batch, to: "t") }
        func sizes(_ topics: [DescribeLogDirsRequest.DescribableLogDirTopic]?) async throws -> [String: [Int64]] {
            let response = try await client.call(DescribeLogDirsRequest(topics: topics), version: 5)
            let result = try #require(response.results.first)
            #expect(result.errorCode == .none && result.logDir == "memory" && !result.isCordoned)
            #expect(result.totalBytes >= result.usableBytes && result.usableBytes > 0)
            return Dictionary(uniqueKeysWithValues: result.topics.map { ($0.name, $0.partitions.map(\.partitionSize)) })
        }
        let expected = ["t": [Int64(batch.readableBytes) * 3, 0], "u": [0]]
        #expect(try await sizes(nil) == expected)
        await broker.stop()
        broker = try await brokers.start()
        client = try await TestClient(broker)
        #expect(try await sizes(nil) == expected)
        #expect(
            try await sizes([.init(topic: "t", partitions: [1, 7]), .init(topic: "x", partitions: [0])]) == ["t": [0]])
        #expect(try await sizes([]) == [:])
        await broker.stop()
    }

    @Test func `producers are told with what they sent last`() async throws {
        let broker = try await brokers.start(isEphemeral: true)
        let client = try await TestClient(broker)
        try await client.create("t")
        let request = DescribeProducersRequest(topics: [.init(name: "t", partitionIndexes: [0, 1])])
        var partitions = try #require(try await client.call(request, version: 0).topics.first).partitions
        #expect(
            partitions.map(\.errorCode) == [.none, .unknownTopicOrPartition] && partitions[0].activeProducers.isEmpty)
        var batch = producerBatch(3)
        batch.producerID = 77
        batch.producerEpoch = 2
        batch.baseSequence = 0
        #expect(try await client.produce(batch.build(), to: "t").errorCode == .none)
        partitions = try #require(try await client.call(request, version: 0).topics.first).partitions
        let producer = try #require(partitions.first?.activeProducers.first)
        #expect(producer.producerID == 77 && producer.producerEpoch == 2 && producer.lastSequence == 2)
        #expect(producer.currentTxnStartOffset == -1)
        await broker.stop()
    }

    @Test func `the quorum of one is led by this node, which is up to date`() async throws {
        let broker = try await brokers.start(isEphemeral: true)
        let client = try await TestClient(broker)
        try await client.create("t")
        let response = try await client.call(
            DescribeQuorumRequest(topics: [
                .init(topicName: "__cluster_metadata", partitions: [.init(partitionIndex: 0)]),
                .init(topicName: "t", partitions: [.init(partitionIndex: 0)]),
            ]), version: 2)
        let quorum = try #require(response.topics.first?.partitions.first)
        #expect(quorum.errorCode == .none && quorum.leaderID == 1 && quorum.leaderEpoch > 0)
        let voter = try #require(quorum.currentVoters.first)
        #expect(voter.replicaID == 1 && voter.replicaDirectoryID != .zero && voter.logEndOffset == quorum.highWatermark)
        #expect(voter.lastCaughtUpTimestamp > 1_000_000_000_000 && quorum.observers.isEmpty)
        #expect(response.nodes.map(\.nodeID) == [1] && response.nodes[0].listeners.map(\.name) == ["CONTROLLER"])
        #expect(response.topics.last?.partitions.map(\.errorCode) == [.unknownTopicOrPartition])
        await broker.stop()
    }

    @Test func `what one node cannot do is refused with Kafka's codes`() async throws {
        let broker = try await brokers.start(isEphemeral: true)
        let client = try await TestClient(broker)
        try await client.create("t")
        let elected = try await client.call(
            ElectLeadersRequest(topicPartitions: [.init(topic: "t", partitions: [0])]), version: 2)
        #expect(elected.replicaElectionResults[0].partitionResult.map(\.errorCode) == [.electionNotNeeded])
        func reassign(_ replicas: [Int32]?) async throws -> ErrorCode {
            try await client.call(
                AlterPartitionReassignmentsRequest(topics: [
                    .init(name: "t", partitions: [.init(partitionIndex: 0, replicas: replicas)])
                ]), version: 1
            ).responses[0].partitions[0].errorCode
        }
        #expect(try await reassign([1]) == .none)
        #expect(try await reassign([2]) == .invalidReplicaAssignment)
        #expect(try await reassign(nil) == .noReassignmentInProgress)
        #expect(try await client.call(ListPartitionReassignmentsRequest(), version: 0).topics.isEmpty)
        #expect(try await client.call(DescribeAclsRequest(), version: 3).errorCode == .securityDisabled)
        let acls = try await client.call(CreateAclsRequest(creations: [.init(), .init()]), version: 3)
        #expect(acls.results.map(\.errorCode) == [.securityDisabled, .securityDisabled])
        let deleted = try await client.call(DeleteAclsRequest(filters: [.init()]), version: 3)
        #expect(deleted.filterResults.map(\.errorCode) == [.securityDisabled])
        let moved = try await client.call(
            AlterReplicaLogDirsRequest(
                dirs: ["memory", "/elsewhere"].map { path in
                    .init(path: path, topics: [.init(name: "t", partitions: [0, 5])])
                }), version: 2)
        #expect(
            moved.results.flatMap(\.partitions).map(\.errorCode)
                == [.none, .unknownTopicOrPartition, .logDirNotFound, .logDirNotFound])
        #expect(try await client.call(UnregisterBrokerRequest(brokerID: 1), version: 0).errorCode == .invalidRequest)
        #expect(
            try await client.call(UnregisterBrokerRequest(brokerID: 9), version: 0).errorCode == .brokerIdNotRegistered)
        let users = try await client.call(
            DescribeUserScramCredentialsRequest(users: ["a", "b", "b"].map { .init(name: $0) }), version: 0)
        #expect(users.results.map(\.errorCode) == [.resourceNotFound, .duplicateResource])
        #expect(try await client.call(DescribeUserScramCredentialsRequest(users: nil), version: 0).results.isEmpty)
        await broker.stop()
    }

    @Test func `config resources are listed by kind`() async throws {
        let broker = try await brokers.start(isEphemeral: true)
        let client = try await TestClient(broker)
        try await client.create("t")
        #expect(try await alter(client, .group, "g", "streams.num.standby.replicas", "1") == .none)
        #expect(try await alter(client, .clientMetrics, "m", "interval.ms", "1000") == .none)
        func list(_ types: [Int8], version: Int16 = 1) async throws -> [String] {
            let response = try await client.call(ListConfigResourcesRequest(resourceTypes: types), version: version)
            #expect(response.errorCode == .none)
            return response.configResources.map { "\($0.resourceType) \($0.resourceName)" }
        }
        #expect(try await list([]) == ["2 t", "4 1", "16 m", "32 g"])
        #expect(try await list([32, 2]) == ["2 t", "32 g"])
        #expect(try await list([], version: 0) == ["16 m"])
        let unknown = try await client.call(ListConfigResourcesRequest(resourceTypes: [3]), version: 1)
        #expect(unknown.errorCode == .unsupportedVersion)
        await broker.stop()
    }

    @Test func `a feature's level is finalized for ApiVersions to tell`() async throws {
        let broker = try await brokers.start(isEphemeral: true)
        let client = try await TestClient(broker)
        func update(_ level: Int16, _ type: Int8, validateOnly: Bool = false) async throws -> ErrorCode {
            try await client.call(
                UpdateFeaturesRequest(
                    featureUpdates: [.init(feature: "metadata.version", maxVersionLevel: level, upgradeType: type)],
                    validateOnly: validateOnly), version: 2
            ).errorCode
        }
        #expect(try await update(30, 1) == .none)
        #expect(try await update(31, 1) == .invalidUpdateVersion)
        #expect(try await update(29, 2) == .invalidUpdateVersion)
        let versions = try await client.call(ApiVersionsRequest(), version: 0)
        #expect(versions.errorCode == .none && versions.apiKeys.contains { $0.apiKey == 57 })
        await broker.stop()
    }
}
