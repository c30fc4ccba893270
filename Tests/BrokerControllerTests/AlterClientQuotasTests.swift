import BrokerController
import BrokerMetadata
import BrokerPluginAPI
import BrokerPrimitives
import BrokerWire
import Testing

struct AlterClientQuotasTests {
    private typealias Entry = AlterClientQuotasRequest.EntryData
    private typealias Part = AlterClientQuotasRequest.EntityData

    private func entry(_ entity: [(String, String?)], _ changes: [(String, Double?)]) -> Entry {
        Entry(
            entity: entity.map { Part(entityType: $0.0, entityName: $0.1) },
            ops: changes.map { .init(key: $0.0, value: $0.1 ?? 0, remove: $0.1 == nil) })
    }

    private func alter(_ cluster: inout Cluster, _ entries: Entry..., validateOnly: Bool = false) throws -> [ErrorCode]
    {
        let request = AlterClientQuotasRequest(entries: entries, validateOnly: validateOnly)
        let known = ["10.0.0.1": "10.0.0.1", "::1": "::1", "0:0:0:0:0:0:0:1": "::1"]
        return try cluster.decide { controller, _ in
            controller.alterClientQuotas(request) { known[$0] }
        }.entries.map(\.errorCode)
    }

    private let alice = ClientQuotaEntity(user: .exactly("alice"))

    @Test func `quotas are set, changed and removed`() throws {
        var cluster = try Cluster(brokers: 1)
        let user = [("user", Optional("alice"))]
        #expect(
            try alter(&cluster, entry(user, [("producer_byte_rate", 1000), ("request_percentage", 0.5)])) == [.none])
        #expect(
            cluster.controller.image.quotas.quotas(of: alice) == [
                "producer_byte_rate": 1000, "request_percentage": 0.5,
            ])
        #expect(try alter(&cluster, entry(user, [("producer_byte_rate", 5), ("request_percentage", nil)])) == [.none])
        #expect(cluster.controller.image.quotas.quotas(of: alice) == ["producer_byte_rate": 5])
        #expect(try alter(&cluster, entry(user, [("producer_byte_rate", nil), ("never_set", nil)])) == [.none])
        #expect(cluster.controller.image.quotas.all.isEmpty)
    }

    @Test func `what does not change is not written`() throws {
        var cluster = try Cluster(brokers: 1)
        let change = entry([("client-id", nil)], [("consumer_byte_rate", 7)])
        _ = try alter(&cluster, change)
        let request = AlterClientQuotasRequest(entries: [change])
        #expect(cluster.controller.alterClientQuotas(request) { $0 }.records.isEmpty)
    }

    @Test func `nothing is changed by asking whether it could be`() throws {
        var cluster = try Cluster(brokers: 1)
        let (good, bad) = (
            entry([("user", nil)], [("consumer_byte_rate", 7)]), entry([("user", "a")], [("consumer_byte_rate", 0)])
        )
        #expect(try alter(&cluster, good, bad, validateOnly: true) == [.none, .invalidRequest])
        #expect(cluster.controller.image.quotas.all.isEmpty)
    }

    @Test func `an entity's changes are made together or not at all`() throws {
        var cluster = try Cluster(brokers: 1)
        let half = entry([("user", "alice")], [("producer_byte_rate", 1), ("consumer_byte_rate", -1)])
        let other = entry([("user", "bob"), ("client-id", "c")], [("controller_mutation_rate", 0.1)])
        #expect(try alter(&cluster, half, other) == [.invalidRequest, .none])
        #expect(cluster.controller.image.quotas.all.count == 1)
    }

    @Test func `what is no entity is refused`() throws {
        var cluster = try Cluster(brokers: 1)
        let entities: [[(String, String?)]] = [
            [], [("planet", "x")], [("user", "")], [("user", "a"), ("user", "b")], [("ip", "nonsense")],
            [("ip", "10.0.0.1"), ("user", "a")], [("ip", "0:0:0:0:0:0:0:1")],
        ]
        for entity in entities {
            let key = entity.contains { $0.0 == "ip" } ? "connection_creation_rate" : "producer_byte_rate"
            #expect(try alter(&cluster, entry(entity, [(key, 1)])) == [.invalidRequest], "\(entity)")
        }
        for address in ["10.0.0.1", "::1", nil] {
            #expect(try alter(&cluster, entry([("ip", address)], [("connection_creation_rate", 1)])) == [.none])
        }
    }

    @Test func `what is no quota is refused`() throws {
        var cluster = try Cluster(brokers: 1)
        let values: [(String, Double)] = [
            ("unknown", 1), ("connection_creation_rate", 1), ("producer_byte_rate", 0), ("producer_byte_rate", -1),
            ("producer_byte_rate", 1.5), ("consumer_byte_rate", .nan), ("consumer_byte_rate", .infinity),
            ("consumer_byte_rate", 1e19), ("request_percentage", 0),
        ]
        for (key, value) in values {
            #expect(try alter(&cluster, entry([("user", "a")], [(key, value)])) == [.invalidRequest], "\(key) \(value)")
        }
        #expect(
            try alter(&cluster, entry([("ip", nil)], [("connection_creation_rate", 3e9)])) == [.invalidRequest])
        #expect(
            try alter(&cluster, entry([("user", "a")], [("request_percentage", 5), ("request_percentage", 6)]))
                == [.invalidRequest])
    }

    @Test func `an entity that is named twice is changed by neither`() throws {
        var cluster = try Cluster(brokers: 1)
        let (first, second) = (
            entry([("user", "a"), ("client-id", "c")], [("producer_byte_rate", 1)]),
            entry([("client-id", "c"), ("user", "a")], [("producer_byte_rate", 2)])
        )
        #expect(try alter(&cluster, first, second) == [.invalidRequest, .invalidRequest])
        #expect(cluster.controller.image.quotas.all.isEmpty)
    }

    @Test func `topics and partitions beyond the quota are refused one by one`() throws {
        var cluster = try Cluster(brokers: 1)
        let error = ControllerError(.throttlingQuotaExceeded, "")
        var left = 5
        func charge(_ count: Int) -> ControllerError? {
            guard left > 0 else { return error }
            left -= count
            return nil
        }
        let request = CreateTopicsRequest(topics: [
            .automatic("bad name", partitions: 9), .automatic("a", partitions: 3), .automatic("b", partitions: 4),
            .automatic("c", partitions: 1),
        ])
        let created = try cluster.decide {
            $0.createTopics(request, describes: { _ in true }, charge: charge, generator: &$1)
        }
        #expect(
            created.topics.map(\.errorCode) == [.invalidTopicException, .none, .none, .throttlingQuotaExceeded],
            "what is refused costs nothing, and the last may go beyond")
        let deleted = try cluster.decide { controller, _ in
            controller.deleteTopics(
                DeleteTopicsRequest(topics: [.init(name: "a")]), version: 6, charge: charge
            ) { _ in .init(mayDescribe: true, mayDelete: true) }
        }
        #expect(deleted.responses.map(\.errorCode) == [.throttlingQuotaExceeded])
        let grown = try cluster.decide {
            $0.createPartitions(
                CreatePartitionsRequest(topics: [.init(name: "a", count: 9, assignments: nil)]),
                mayAlter: { _ in true },
                charge: charge, generator: &$1)
        }
        #expect(grown.results.map(\.errorCode) == [.throttlingQuotaExceeded])
        #expect(try cluster.topic("a").partitions.count == 3)
    }
}
