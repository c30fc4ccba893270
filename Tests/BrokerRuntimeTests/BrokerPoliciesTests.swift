import BrokerMetadata
import BrokerModel
import BrokerPluginAPI
import BrokerPrimitives
import BrokerRuntime
import BrokerWire
import DefaultPlugins
import Logging
import NIOCore
import Synchronization
import Testing

/// How the plug-ins are chosen that rule over a broker as a whole.
@Suite struct BrokerPoliciesTests {
    private func policies(_ settings: [String: String], @PluginBuilder _ more: () -> [any PluginComponent] = { [] })
        throws -> BrokerPolicies
    {
        let own = more()
        let plugins = try PluginSet(edits: DefaultPlugins().edits + own.flatMap(\.edits))
        return try BrokerPlugins(BrokerConfig(layers: [settings], plugins: plugins)).policies
    }

    @Test func `without a choice it is Kafka's way, by the built-in plug-ins`() throws {
        let policies = try policies([:])
        #expect(policies.topicPolicies.isEmpty)
        #expect(policies.replicaPlacer is StripedPlacer)
        #expect(policies.quotaPolicy is EntityQuotas)
        #expect(policies.principalBuilder is AnonymousPrincipals)
    }

    @Test func `the configuration chooses by name, with options`() throws {
        let policies = try policies([
            "topic.policies": "naming, limits,no-dots", "topic.policies.naming.prefixes": "a,b",
            "principal.builder": "by-host",
        ]) {
            Use(.topicPolicy("no-dots") { $0.topic.contains(".") ? "There must be no dot." : nil })
            Use(.principalBuilder("by-host") { "User:\($0.host)" })
        }
        #expect(policies.topicPolicies.map(\.name) == ["naming", "limits", "no-dots"])
        let change = TopicChange(
            .create, before: nil, after: TopicDescription(name: "c", partitionCount: 1, replicationFactor: 1))
        let asker = RequestContext(principal: "User:a", host: "h", listener: "l", clientID: nil)
        #expect(throws: PluginError.reject("A topic's name must begin with 'a' or 'b'; 'c' does not.")) {
            try policies.topicPolicies[0].policy.check(change, for: asker)
        }
        let connection = AuthenticationContext(listener: "A", host: "::1", localHost: "::1", localPort: 1)
        #expect(try policies.principalBuilder?.principal(for: connection) == "User:::1")
    }

    @Test func `a function is enough for a replica placer and for a quota policy`() throws {
        let policies = try policies(["replica.placer": "first", "quota.policy": "small"]) {
            Use(
                .replicaPlacer("first") { request in
                    request.replicationFactor == 1 ? Array(repeating: [1], count: request.partitionCount) : nil
                })
            Use(
                .quotaPolicy("small") { kind, client, set in
                    kind == .producerByteRate
                        ? ClientQuota(value: 5, sharers: ClientQuotaEntity(user: .exactly(client.userName))) : nil
                })
        }
        let brokers = [PlacementBroker(id: 1), PlacementBroker(id: 2)]
        func place(_ factor: Int) throws -> [[NodeID]]? {
            try policies.replicaPlacer?.place(
                PlacementRequest(
                    topic: "t", partitionCount: 2, replicationFactor: factor, brokers: brokers, chance: 0))
        }
        #expect(try place(1) == [[1], [1]])
        #expect(try place(2)?.map { Set($0) } == [[1, 2], [1, 2]], "nil has them striped")
        struct None: SetQuotas {
            func value(_ kind: ClientQuotaKind, of entity: ClientQuotaEntity) -> Double? { nil }
            func quota(_ kind: ClientQuotaKind, user: String, clientID: String) -> ClientQuota? { nil }
        }
        let client = RequestContext(principal: "User:a", host: "h", listener: "l", clientID: nil)
        #expect(try policies.quotaPolicy?.quota(.producerByteRate, for: client, among: None())?.value == 5)
        #expect(try policies.quotaPolicy?.quota(.consumerByteRate, for: client, among: None()) == nil)
    }

    @Test(
        arguments: [
            (
                ["replica.placer": "stripped"],
                "Invalid value 'stripped' for 'replica.placer': it must be one of striped. Did you mean 'striped'?"
            ),
            (
                ["topic.policies": "limits,namings"],
                "Invalid value 'namings' for 'topic.policies': it must be one of limits, naming. Did you mean 'naming'?"
            ),
            (
                ["topic.policies": "limits,limits"],
                "Invalid value 'limits,limits' for 'topic.policies': an item is repeated."
            ),
            (
                ["topic.policies.limits.partitions.max": "many"],
                "Invalid value 'many' for 'topic.policies.limits.partitions.max': it must be an integer from 0 to 1000000."
            ),
        ] as [([String: String], String)])
    func `what cannot be is said with what would be right`(settings: [String: String], problem: String) throws {
        do {
            _ = try policies(settings)
            Issue.record("it is accepted")
        } catch { #expect("\(error)" == problem) }
    }

    @Test func `a misspelt option keeps the broker from starting, and the one that was meant is named`() throws {
        let error = #expect(throws: BrokerConfigError.self) {
            try BrokerConfig(
                layers: [["topic.policies.limits.partition.max": "5"]], plugins: PluginSet { DefaultPlugins() })
        }
        #expect(
            error?.problems == [
                "Unknown config 'topic.policies.limits.partition.max'. Did you mean "
                    + "'topic.policies.limits.partitions.max'?"
            ])
    }

    @Test func `the choices are described to admin clients, and cannot be changed while the broker runs`() throws {
        let schemas = ConfigSchemas(try PluginSet { DefaultPlugins() })
        for (name, standard) in [
            ("topic.policies", ""), ("replica.placer", "striped"), ("quota.policy", "entities"),
            ("principal.builder", "anonymous"),
        ] {
            let definition = try #require(schemas.broker[name])
            #expect(definition.standard == standard && definition.isReadOnly)
            #expect(!definition.examples.isEmpty && definition.hasEffect)
            #expect(schemas.topic[name] == nil)
        }
        #expect(schemas.broker["topic.policies"]?.type == .list)
        #expect(schemas.broker["topic.policies.naming.prefixes"]?.type == .list)
    }
}

/// Who connections are from.
@Suite struct PrincipalBuildersTests {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private struct Builder: PrincipalBuilder {
        let answer: @Sendable (AuthenticationContext) throws(PluginError) -> String
        func principal(for connection: AuthenticationContext) throws(PluginError) -> String { try answer(connection) }
    }

    private final class Remembering: Authorizer {
        let asked = Mutex<Set<String>>([])
        func authorize(_ actions: [AuthorizableAction], for context: RequestContext) -> [AuthorizationResult] {
            asked.withLock { _ = $0.insert(context.principal) }
            return actions.map { _ in .allowed }
        }
    }

    @Test func `the authorizer is told the builder's principal, asked once for each connection`() async throws {
        let connections = Mutex<[AuthenticationContext]>([])
        let builder = Builder { connection in
            connections.withLock { $0.append(connection) }
            return "User:from-\(connection.host)"
        }
        let authorizer = Remembering()
        let brokers = TestBroker(
            authorizer: authorizer, policies: BrokerPolicies(principalBuilder: builder))
        let broker = try await brokers.start()
        let client = try await TestClient(broker)
        try await client.create("t")
        try await client.create("u")
        #expect(authorizer.asked.withLock { $0 } == ["User:from-127.0.0.1"])
        let seen = connections.withLock { $0 }
        let port = try #require(broker.listeners.first).port
        #expect(
            seen == [
                AuthenticationContext(
                    listener: "PLAINTEXT", host: "127.0.0.1", localHost: "127.0.0.1", localPort: port)
            ])
        await broker.stop()
    }

    @Test func `a connection without a principal is closed`() async throws {
        let builder = Builder { _ throws(PluginError) in throw .reject("I do not know it.") }
        let broker = try await TestBroker(policies: BrokerPolicies(principalBuilder: builder)).start()
        let client = try await TestClient(broker)
        #expect(await client.ends())
        await broker.stop()
    }

    @Test func `an answer that is no principal counts as an error`() {
        let connection = AuthenticationContext(listener: "A", host: "h", localHost: "l", localPort: 1)
        let world = TestWorld().world
        let containment = PluginContainment(world: world, logger: Self.logger)
        func identification(_ builder: Builder?) -> Identification {
            Identification(
                builder, use: containment.use(.principalBuilder, "b", topic: nil), world: world, logger: Self.logger)
        }
        for (answer, expected) in [
            ("User:alice", "User:alice"), ("alice", nil), ("", nil), ("User:", nil), ("User:a\u{0}", nil),
        ] as [(String, String?)] {
            #expect(identification(Builder { _ in answer }).principal(for: connection) == expected)
        }
        #expect(identification(nil).principal(for: connection) == "User:ANONYMOUS")
        #expect(containment.monitors.map(\.counts.errors) == [4])
    }
}
