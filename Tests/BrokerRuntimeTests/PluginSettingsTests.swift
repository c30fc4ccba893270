import BrokerController
import BrokerMetadata
import BrokerPluginAPI
import BrokerPrimitives
import BrokerRuntime
import BrokerWire
import DefaultPlugins
import NIOCore
import Testing

/// How plug-ins are configured in a running broker.
struct PluginSettingsTests {
    private let brokers: TestBroker

    init() throws {
        brokers = TestBroker(
            composition: try PluginSet {
                DefaultPlugins()
                Use(OneLane.self)
                Use(Guarded.self)
                Use(Picky.self)
                Use(Vault.self)
            })
    }

    private func start(_ settings: [String: String] = [:]) async throws -> (Broker, TestClient) {
        let broker = try await brokers.start(settings.merging(["http.listener": "127.0.0.1:0"]) { $1 })
        return (broker, try await TestClient(broker))
    }

    private typealias Answer = (code: ErrorCode, message: String)

    private func alter(
        _ client: TestClient, _ kind: ConfigResource.Kind, _ name: String, _ configs: [(String, String?)]
    ) async throws -> Answer {
        let response = try await client.call(
            IncrementalAlterConfigsRequest(resources: [
                .init(
                    resourceType: kind.rawValue, resourceName: name,
                    configs: configs.map { .init(name: $0.0, configOperation: $0.1 == nil ? 1 : 0, value: $0.1) })
            ]), version: 1)
        let answer = try #require(response.responses.first)
        return (answer.errorCode, answer.errorMessage ?? "")
    }

    private func create(
        _ client: TestClient, _ topic: String, _ configs: [(String, String?)]
    ) async throws -> CreateTopicsResponse.CreatableTopicResult {
        let response = try await client.call(
            CreateTopicsRequest(topics: [
                .init(
                    name: topic, numPartitions: 4, replicationFactor: 1,
                    configs: configs.map { .init(name: $0.0, value: $0.1) })
            ]), version: 7)
        return try #require(response.topics.first)
    }

    private func described(
        _ client: TestClient, _ kind: ConfigResource.Kind, _ name: String, _ key: String
    ) async throws -> DescribeConfigsResponse.DescribeConfigsResourceResult? {
        let response = try await client.call(
            DescribeConfigsRequest(
                resources: [.init(resourceType: kind.rawValue, resourceName: name, configurationKeys: [key])],
                includeSynonyms: true), version: 4)
        return try #require(response.results.first).configs.first
    }

    /// Writes a config past all judgement, as a broker with other plug-ins would.
    private func write(_ broker: Broker, _ kind: ConfigResource.Kind, _ name: String, _ key: String, _ value: String?)
        async throws
    {
        try await broker.controller.submit { _, _, _ in
            Decision(records: [.config(.setting(key, to: value, of: ConfigResource(kind, name)))], reply: ())
        }
    }

    private func batch(_ key: String) -> ByteBuffer {
        var builder = RecordBatchBuilder()
        builder.append(timestamp: 1, key: ByteBuffer(string: key), value: nil)
        return builder.build()
    }

    // MARK: Options of brokers

    /// Partition 0 is acme's alone.
    private let vip = [("partitioner", "vip"), ("partitioner.vip.keys", "acme"), ("partitioner.verify", "reject")]

    @Test(arguments: ["1", ""])
    func `what would take a topic's plug-in away is refused for a broker, and the plug-in goes on`(
        name: String
    ) async throws {
        let (broker, client) = try await start()
        try await client.create("ver", partitions: 4, configs: vip)
        #expect(try await client.produce(batch("other"), to: "ver").errorCode == .invalidRecord)
        let answer = try await alter(client, .broker, name, [("partitioner.vip.header.values", "x")])
        #expect(answer.code == .invalidConfig)
        for part in [
            "partitioner.vip.header.values=x", "the topic 'ver'", "partitioner 'vip'",
            "'partitioner.vip.header' does not say of which header",
        ] { #expect(answer.message.contains(part), "\(answer.message)") }
        #expect(try await client.produce(batch("other"), to: "ver").errorCode == .invalidRecord)
        #expect(broker.metadata.image.config(of: ConfigResource(.broker, name)).isEmpty)

        let both = [("partitioner.vip.header.values", "x"), ("partitioner.vip.header", "tier")] as [(String, String?)]
        #expect(try await alter(client, .broker, name, both).code == .none)
        let half = try await alter(client, .broker, name, [("partitioner.vip.header", nil)])
        #expect(half.code == .invalidConfig && half.message.contains("partitioner.vip.header without a value"))
        #expect(try await client.produce(batch("other"), to: "ver").errorCode == .invalidRecord)
        await broker.stop()
    }

    @Test func `what would take the default's plug-in away is refused for a broker`() async throws {
        let (broker, client) = try await start(["partitioner": "vip"])
        let answer = try await alter(client, .broker, "1", [("partitioner.vip.header.values", "x")])
        #expect(answer.code == .invalidConfig)
        #expect(answer.message.contains("topics that set nothing themselves"), "\(answer.message)")
        #expect(try await alter(client, .broker, "1", [("retention.ms", "x")]).code == .invalidRequest)
        #expect(try await alter(client, .broker, "1", [("log.retention.ms", "5")]).code == .none)
        await broker.stop()
    }

    @Test func `a topic keeps the plug-in it had when its options come to make no sense, and health tells it`()
        async throws
    {
        let (broker, client) = try await start()
        try await client.create("ver", partitions: 4, configs: vip)
        try await client.create("other")
        #expect(try await client.produce(batch("other"), to: "ver").errorCode == .invalidRecord)
        #expect(try await get("/readyz", of: broker).contains("\"ok\""))

        try await write(broker, .broker, "", "partitioner.vip.header.values", "x")
        #expect(try await client.produce(batch("other"), to: "ver").errorCode == .invalidRecord, "as before")
        let health = try await get("/readyz", of: broker)
        #expect(health.contains("degraded") && health.contains("Topic 'ver'") && health.contains("goes on as it was"))
        #expect(!health.contains("'other'"))
        // It is not to blame for what was so before.
        #expect(try await alter(client, .broker, "", [("partitioner.vip.hash", "crc32")]).code == .none)
        #expect(try await client.produce(batch("other"), to: "ver").errorCode == .invalidRecord, "still as before")

        #expect(try await alter(client, .topic, "ver", [("partitioner.vip.header", "tier")]).code == .none)
        #expect(try await get("/readyz", of: broker).contains("\"ok\""))
        #expect(try await client.produce(batch("other"), to: "ver").errorCode == .invalidRecord)
        await broker.stop()
    }

    @Test func `at the start health tells which topic has not got its plug-in, before anybody uses it`() async throws {
        var (broker, client) = try await start()
        try await client.create("ver", partitions: 4, configs: vip)
        await broker.stop()
        (broker, client) = try await start(["partitioner.vip.header.values": "x"])
        let health = try await get("/readyz", of: broker)
        #expect(health.contains("degraded") && health.contains("Topic 'ver'"), "\(health)")
        #expect(health.contains("records are not held against it"))
        #expect(try await client.produce(batch("other"), to: "ver").errorCode == .none)
        #expect(try await get("/readyz", of: broker).contains("Topic 'ver'"))
        _ = try await client.call(DeleteTopicsRequest(topics: [.init(name: "ver")], timeoutMs: 1000), version: 6)
        #expect(try await get("/readyz", of: broker).contains("\"ok\""))
        await broker.stop()
    }

    // MARK: Secrets

    @Test func `a secret is told neither when a topic is created nor later`() async throws {
        let (broker, client) = try await start()
        let created = try await create(
            client, "t", [("interceptor", "guarded"), ("interceptor.guarded.token", "hunter2")])
        #expect(created.errorCode == .none)
        let entries = try #require(created.configs)
        let token = try #require(entries.first { $0.name == "interceptor.guarded.token" })
        #expect(token.value == nil && token.isSensitive && token.configSource == ConfigSource.topic.rawValue)
        #expect(entries.filter(\.isSensitive).count == 1)
        let entry = try #require(try await described(client, .topic, "t", "interceptor.guarded.token"))
        #expect(entry.value == nil && entry.isSensitive && entry.synonyms.allSatisfy { $0.value == nil })
        let secret = String(repeating: "hunter2", count: 3)
        for kind in [(ConfigResource.Kind.topic, "t"), (.broker, "1")] {
            let answer = try await alter(client, kind.0, kind.1, [("interceptor.guarded.token", secret)])
            #expect(answer.code != .none && !answer.message.contains("hunter2"))
        }
        await broker.stop()
    }

    // MARK: Long values

    @Test(
        arguments: [
            ("partitioner.vip.hash", "v"), ("partitioner.vip.hash", "é"), ("cleanup.policy", "v"),
            ("retention.ms", "9"),
            ("interceptor.guarded.token", "v"), (String(repeating: "k", count: 32_760), "v"),
        ])
    func `however long a key or value is, the answer says what is wrong with it`(key: String, letter: String)
        async throws
    {
        let (broker, client) = try await start()
        try await client.create("t", configs: [("partitioner", "vip"), ("interceptor", "guarded")])
        let value = String(repeating: letter, count: 32_700 / letter.utf8.count)
        for kind in [(ConfigResource.Kind.topic, "t"), (.broker, "1"), (.broker, "")] {
            let brokers = ["cleanup.policy": "log.cleanup.policy", "retention.ms": "log.retention.ms"]
            let name = kind.0 == .broker ? brokers[key] ?? key : key
            let answer = try await alter(client, kind.0, kind.1, [(name, value)])
            #expect(answer.code != .none && answer.message.count < 600, "\(answer.message.count)")
            #expect(answer.message.contains(key.prefix(20)))
        }
        let created = try await create(client, "u", [(key, value)])
        #expect(created.errorCode == .invalidConfig && (created.errorMessage?.count ?? 999) < 600)
        #expect(try await create(client, "u", [(key, nil)]).errorCode == .invalidConfig)
        await broker.stop()
    }

    @Test func `however long a resource's name is, there is an answer`() async throws {
        let (broker, client) = try await start()
        let name = String(repeating: "n", count: 32_767)
        for kind in [ConfigResource.Kind.topic, .broker, .group, .brokerLogger] {
            _ = try await alter(client, kind, name, [("retention.ms", "1")])
            _ = try await described(client, kind, name, "retention.ms")
        }
        #expect(try await create(client, name, []).errorCode == .invalidTopicException)
        await broker.stop()
    }

    // MARK: Renamed options

    @Test func `an option set under its former name is set under today's, and rules`() async throws {
        let (broker, client) = try await start()
        let lane = "partitioner.one-lane.lane", track = "partitioner.one-lane.track"
        let created = try await create(
            client, "t", [("partitioner", "one-lane"), ("partitioner.verify", "reject"), (track, "1")])
        #expect(created.errorCode == .none)
        #expect(created.configs?.first { $0.name == lane }?.value == "1")
        #expect(try await client.produce(batch("k"), to: "t").errorCode == .invalidRecord)
        #expect(try await alter(client, .topic, "t", [(track, "0")]).code == .none)
        #expect(try await client.produce(batch("k"), to: "t").errorCode == .none)
        for key in [lane, track] {
            let entry = try #require(try await described(client, .topic, "t", key))
            #expect(entry.name == lane && entry.value == "0" && entry.configSource == ConfigSource.topic.rawValue)
        }
        let both = try await alter(client, .topic, "t", [(track, "1"), (lane, "2")])
        #expect(
            both.code == .invalidRequest && both.message.contains("'\(track)' is its former name"), "\(both.message)")
        let twice = try await create(client, "u", [("partitioner", "one-lane"), (track, "1"), (lane, "2")])
        #expect(twice.errorCode == .invalidConfig && twice.errorMessage?.contains("former name") == true)
        #expect(try await alter(client, .topic, "t", [(track, nil)]).code == .none)
        #expect(try await described(client, .topic, "t", lane)?.configSource == ConfigSource.standard.rawValue)
        await broker.stop()
    }

    @Test func `brokers' options are known by their former names, in files and while they run`() async throws {
        let lane = "partitioner.one-lane.lane", track = "partitioner.one-lane.track"
        let (broker, client) = try await start([track: "1", "partitioner": "one-lane"])
        #expect(try await described(client, .broker, "1", lane)?.value == "1")
        #expect(try await alter(client, .broker, "", [(track, "2")]).code == .none)
        #expect(try await described(client, .broker, "", lane)?.value == "2")
        try await client.create("t", partitions: 4, configs: [("partitioner.verify", "reject")])
        #expect(try await client.produce(batch("k"), to: "t").errorCode == .invalidRecord)
        #expect(try await alter(client, .broker, "", [(track, "0")]).code == .none)
        #expect(try await client.produce(batch("k"), to: "t").errorCode == .none)
        await broker.stop()
    }

    @Test func `metadata from before a renaming is read under today's name`() async throws {
        var (broker, client) = try await start()
        try await client.create(
            "t", partitions: 4, configs: [("partitioner", "one-lane"), ("partitioner.verify", "reject")])
        try await write(broker, .topic, "t", "partitioner.one-lane.track", "1")
        await broker.stop()
        (broker, client) = try await start()
        #expect(try await client.produce(batch("k"), to: "t").errorCode == .invalidRecord)
        #expect(try await described(client, .topic, "t", "partitioner.one-lane.lane")?.value == "1")
        #expect(try await alter(client, .topic, "t", [("partitioner.one-lane.track", nil)]).code == .none)
        #expect(try await client.produce(batch("k"), to: "t").errorCode == .none)
        await broker.stop()
        (broker, client) = try await start()
        #expect(try await client.produce(batch("k"), to: "t").errorCode == .none, "it is gone for good")
        await broker.stop()
    }

    // MARK: What the broker as a whole has

    @Test(arguments: ["topic.policies.limits.partitions.max", "storage.vault.key"])
    func `options of what the broker makes at its start cannot be changed while it runs`(key: String) async throws {
        let (broker, client) = try await start([key: "5"])
        let answer = try await alter(client, .broker, "1", [(key, "7")])
        #expect(answer.code == .invalidRequest && answer.message.contains("cannot be changed while the broker runs"))
        #expect(try await described(client, .broker, "1", key)?.readOnly == true)
        // An earlier version has let it in.
        try await write(broker, .broker, "1", key, "9")
        let entry = try #require(try await described(client, .broker, "1", key))
        #expect(
            entry.configSource == ConfigSource.staticBroker.rawValue && entry.value == (entry.isSensitive ? nil : "5"))
        await broker.stop()
    }

    @Test func `a storage is made when a topic chooses it, and its reason is told if it cannot be`() async throws {
        var (broker, client) = try await start()
        let refused = try await create(client, "t", [("storage", "vault")])
        #expect(refused.errorCode == .invalidConfig)
        #expect(
            refused.errorMessage?.contains("storage.vault.key must be set.") == true, "\(refused.errorMessage ?? "")")
        await broker.stop()
        (broker, client) = try await start(["storage.vault.key": "sesame"])
        #expect(try await create(client, "t", [("storage", "vault")]).errorCode == .none)
        #expect(try await client.produce(batch("k"), to: "t").errorCode == .none)
        await broker.stop()
    }

    @Test func `a codec that cannot be made is reported, and is there for topics that configure it`() async throws {
        let (broker, client) = try await start()
        let health = try await get("/readyz", of: broker)
        #expect(health.contains("degraded") && health.contains("compression.picky.dictionary must be set."))
        var builder = RecordBatchBuilder()
        builder.append(timestamp: 1, key: nil, value: ByteBuffer(string: "v"))
        let bytes = builder.build(payload: builder.payload, compression: .custom6)
        try await client.create("plain")
        #expect(try await client.produce(bytes, to: "plain").errorCode == .unsupportedCompressionType)
        let refused = try await create(client, "t", [("compression.custom", "picky")])
        #expect(refused.errorCode == .invalidConfig)
        #expect(refused.errorMessage?.contains("compression.picky.dictionary must be set.") == true)
        try await client.create(
            "t", configs: [("compression.custom", "picky"), ("compression.picky.dictionary", "words")])
        #expect(try await client.produce(bytes, to: "t").errorCode == .none)
        #expect(try await client.produce(bytes, to: "plain").errorCode == .unsupportedCompressionType)
        await broker.stop()

        let (made, other) = try await start(["compression.picky.dictionary": "words", "compression.custom": "picky"])
        #expect(try await get("/readyz", of: made).contains("\"ok\""))
        try await other.create("all")
        #expect(try await other.produce(bytes, to: "all").errorCode == .none)
        await made.stop()
    }
}
