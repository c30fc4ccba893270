import BrokerMetadata
import BrokerPluginAPI
import BrokerRuntime
import BrokerWire
import Testing

struct ClientQuotasTests {
    private func quotas(_ set: [(ClientQuotaKind, Double, ClientQuotaEntity)]) throws -> ClientQuotas {
        let metadata = MetadataView()
        let quotas = ClientQuotas(config: try BrokerConfig(layers: []), metadata: metadata, world: TestWorld().world)
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
}
