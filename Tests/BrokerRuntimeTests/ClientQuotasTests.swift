import BrokerMetadata
import BrokerPluginAPI
import BrokerRuntime
import BrokerWire
import Logging
import Testing

struct ClientQuotasTests {
    private func quotas(
        _ set: [(ClientQuotaKind, Double, ClientQuotaEntity)], policy: (any QuotaPolicy)? = nil
    ) throws -> ClientQuotas {
        let metadata = MetadataView()
        let quotas = ClientQuotas(
            config: try BrokerConfig(layers: []), metadata: metadata, world: TestWorld().world, policy: policy)
        var (image, delta) = (MetadataImage(), MetadataDelta())
        for (kind, value, entity) in set {
            try image.apply(.clientQuota(.setting(kind.name, to: value, of: entity)), to: &delta)
        }
        metadata.publish(image)
        quotas.metadataChanged(delta, image)
        return quotas
    }

    private func client(_ name: String) -> RequestContext {
        RequestContext(principal: "User:ANONYMOUS", host: "10.0.0.1", listener: "PLAINTEXT", clientID: name)
    }

    @Test func `clients that have to share a meter are not measured in each other's units`() throws {
        let anyone = ClientQuotaEntity(clientID: .anyOther)
        let quotas = try quotas([
            (.consumerByteRate, 1e6, anyone), (.requestPercentage, 100, anyone),
            (.connectionCreationRate, 10, ClientQuotaEntity(ip: .anyOther)),
        ])
        // More names than are measured one by one.
        for number in 0..<40_000 {
            _ = quotas.record(1e6, of: .consumerByteRate, for: client("client \(number)"))
        }
        let newcomers = (0..<100).map { client("newcomer \($0)") }
        #expect(newcomers.contains { quotas.debt(.consumerByteRate, of: $0) > 0 }, "They do share a meter.")
        #expect(newcomers.allSatisfy { quotas.record(0.001, of: .requestPercentage, for: $0) == 0 })
        #expect((0..<10).allSatisfy { quotas.connected(from: "10.1.0.\($0)") == nil }, "A byte is no connection.")
    }

    private struct Policy: QuotaPolicy {
        var needsSetQuotas = false
        let answer: @Sendable (RequestContext, any SetQuotas) throws(PluginError) -> ClientQuota?

        func quota(
            _ kind: ClientQuotaKind, for client: RequestContext, among set: any SetQuotas
        ) throws(PluginError) -> ClientQuota? {
            guard kind == .producerByteRate else { return set.quota(kind, of: client) }
            return try answer(client, set)
        }
    }

    /// Clients whose ids begin alike are a tenant, which may have a thousand bytes a second.
    private static let tenants = Policy { client, _ in
        let tenant = String(client.clientID?.prefix { $0 != "-" } ?? "")
        return ClientQuota(value: 1000, sharers: ClientQuotaEntity(user: .exactly(tenant)))
    }

    @Test func `a policy limits without any quota that is set, and says who shares`() throws {
        let quotas = try quotas([], policy: Self.tenants)
        #expect(quotas.isActive && quotas.isActive(.producerByteRate) && !quotas.isActive(.connectionCreationRate))
        #expect(quotas.record(1000, of: .producerByteRate, for: client("a-1")) == 0)
        #expect(quotas.record(1000, of: .producerByteRate, for: client("b-1")) == 0)
        #expect(quotas.record(1000, of: .producerByteRate, for: client("a-2")) > 0, "the tenant's other client")
        #expect(quotas.record(9e9, of: .consumerByteRate, for: client("a-1")) == 0)
    }

    @Test func `a policy that needs quotas is not asked without, and can leave the answer to Kafka's order`() throws {
        let policy = Policy(needsSetQuotas: true) { client, set in
            client.clientID == "free" ? nil : set.quota(.producerByteRate, of: client)
        }
        #expect(try !quotas([], policy: policy).isActive)
        let quotas = try quotas([(.producerByteRate, 10, ClientQuotaEntity(clientID: .anyOther))], policy: policy)
        #expect(quotas.isActive(.producerByteRate) && !quotas.isActive(.consumerByteRate))
        #expect(quotas.record(1000, of: .producerByteRate, for: client("c")) > 0)
        #expect(quotas.record(1000, of: .producerByteRate, for: client("free")) == 0)
    }

    @Test(arguments: [0, -1, .nan, .infinity, nil] as [Double?])
    func `an answer that cannot be used, or none, is made good by Kafka's order`(value: Double?) throws {
        let policy = Policy { _, _ throws(PluginError) in
            guard let value else { throw .fallBack("My table is gone.") }
            return ClientQuota(value: value, sharers: ClientQuotaEntity(user: .exactly("x")))
        }
        let use = containment().use(.quotaPolicy, "tiers", topic: nil)
        let quotas = try quotas(
            [(.producerByteRate, 10, ClientQuotaEntity(clientID: .anyOther))],
            policy: ContainedQuotaPolicy(policy: policy, use: use))
        #expect(quotas.record(1000, of: .producerByteRate, for: client("c")) > 0, "as without a policy")
        #expect(use.monitor.counts.errors == 1)
    }

    private func containment() -> PluginContainment {
        PluginContainment(world: TestWorld().world, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }
}
