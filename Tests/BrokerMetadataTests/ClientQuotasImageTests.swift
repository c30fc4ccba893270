import BrokerMetadata
import BrokerPluginAPI
import BrokerTestKit
import BrokerWire
import Testing

struct ClientQuotasImageTests {
    private typealias Name = ClientQuotaEntity.Name
    private let kind = ClientQuotaKind.producerByteRate

    private func image(_ quotas: [(ClientQuotaEntity, Double)]) throws -> MetadataImage {
        try MetadataImage().applying(
            quotas.map { .clientQuota(.setting(kind.name, to: $0.1, of: $0.0)) }
        ).image
    }

    /// Kafka's order, most particular first.
    private static let levels = [
        ClientQuotaEntity(user: .exactly("u"), clientID: .exactly("c")),
        ClientQuotaEntity(user: .exactly("u"), clientID: .anyOther), ClientQuotaEntity(user: .exactly("u")),
        ClientQuotaEntity(user: .anyOther, clientID: .exactly("c")),
        ClientQuotaEntity(user: .anyOther, clientID: .anyOther), ClientQuotaEntity(user: .anyOther),
        ClientQuotaEntity(clientID: .exactly("c")), ClientQuotaEntity(clientID: .anyOther),
    ]

    @Test(arguments: 0..<256)
    func `the most particular quota holds, in Kafka's order`(present: Int) throws {
        let set = Self.levels.indices.filter { present & (1 << $0) != 0 }
        let image = try image(
            set.map { (Self.levels[$0], Double($0 + 1)) } + [(ClientQuotaEntity(user: .exactly("other")), 99)])
        let limit = image.quotas.quota(kind, user: "u", clientID: "c")
        #expect(limit?.value == set.first.map { Double($0 + 1) })
        #expect(image.quotas.quota(.consumerByteRate, user: "u", clientID: "c") == nil)
    }

    @Test func `who is measured together is who the quota is shared by`() throws {
        let expected: [(level: Int, sharers: ClientQuotaEntity, isNamed: Bool)] = [
            (0, Self.levels[0], true), (1, Self.levels[0], false), (2, Self.levels[2], true),
            (3, Self.levels[0], false), (4, Self.levels[0], false), (5, Self.levels[2], false),
            (6, Self.levels[6], true), (7, Self.levels[6], false),
        ]
        for (level, sharers, isNamed) in expected {
            let limit = try #require(
                try image([(Self.levels[level], 5)]).quotas.quota(kind, user: "u", clientID: "c"))
            #expect(limit.sharers == sharers && limit.isNamed == isNamed, "level \(level)")
        }
    }

    @Test func `an address has its own quota, or that of all others`() throws {
        let kind = ClientQuotaKind.connectionCreationRate
        let image = try MetadataImage().applying([
            .clientQuota(.setting(kind.name, to: 7, of: ClientQuotaEntity(ip: .exactly("10.0.0.1")))),
            .clientQuota(.setting(kind.name, to: 3, of: ClientQuotaEntity(ip: .anyOther))),
        ]).image
        #expect(image.quotas.quota(kind, ip: "10.0.0.1")?.value == 7)
        #expect(image.quotas.quota(kind, ip: "10.0.0.2")?.value == 3)
        #expect(image.quotas.quota(kind, user: "u", clientID: "c") == nil)
    }

    @Test func `a removed quota limits nobody, and the news says so`() throws {
        let set = try image([(Self.levels[2], 5)])
        #expect(set.quotas.kinds == [kind])
        let (removed, delta) = try set.applying([.clientQuota(.setting(kind.name, to: nil, of: Self.levels[2]))])
        #expect(delta.quotasChanged)
        #expect(removed.quotas.quota(kind, user: "u", clientID: "c") == nil)
        #expect(removed.quotas.kinds.isEmpty && removed.records.isEmpty)
    }

    /// A log may hold what this broker would not have written.
    @Test func `a quota of nothing is as little as can be, not a division by nothing`() throws {
        let limit = try image([(Self.levels[2], 0)]).quotas.quota(kind, user: "u", clientID: "c")
        #expect(try #require(limit).value > 0)
    }

    @Test func `a kind of entity that is not known is kept`() throws {
        let record = MetadataRecord.clientQuota(
            ClientQuotaRecord(entity: [.init(entityType: "planet", entityName: "x")], key: "k", value: 5))
        let (image, delta) = try MetadataImage().applying([record])
        #expect(image.records == [record] && !delta.quotasChanged)
    }

    // MARK: Filters

    private typealias Component = DescribeClientQuotasRequest.ComponentData

    private func matching(_ components: [Component], strict: Bool = false) throws -> [Int] {
        let filter = try ClientQuotaFilter(DescribeClientQuotasRequest(components: components, strict: strict))
        return Self.levels.indices.filter { filter.matches(Self.levels[$0]) }
    }

    @Test func `a filter asks for names, for everyone else, or for anything`() throws {
        let named = Component(entityType: "user", matchType: 0, match: "u")
        let others = Component(entityType: "user", matchType: 1, match: nil)
        let any = Component(entityType: "client-id", matchType: 2, match: nil)
        #expect(try matching([]) == Array(0...7))
        #expect(try matching([], strict: true).isEmpty)
        #expect(try matching([named]) == [0, 1, 2])
        #expect(try matching([named], strict: true) == [2])
        #expect(try matching([others]) == [3, 4, 5])
        #expect(try matching([any]) == [0, 1, 3, 4, 6, 7])
        #expect(try matching([any], strict: true) == [6, 7])
        #expect(try matching([named, any], strict: true) == [0, 1])
        #expect(try matching([Component(entityType: "user", matchType: 0, match: "nobody")]).isEmpty)
    }

    @Test func `a filter that makes no sense is refused`() {
        let mistakes: [[Component]] = [
            [Component(entityType: "", matchType: 2, match: nil)],
            [Component(entityType: "user", matchType: 0, match: nil)],
            [Component(entityType: "user", matchType: 1, match: "u")],
            [Component(entityType: "user", matchType: 2, match: "u")],
            [Component(entityType: "user", matchType: 3, match: nil)],
            [
                Component(entityType: "user", matchType: 2, match: nil),
                Component(entityType: "user", matchType: 1, match: nil),
            ],
            [
                Component(entityType: "ip", matchType: 2, match: nil),
                Component(entityType: "user", matchType: 2, match: nil),
            ],
        ]
        for components in mistakes {
            let error = #expect(throws: ClientQuotaFilterError.self) { try matching(components) }
            guard case .invalid = error else {
                Issue.record("\(components): \(String(describing: error))")
                continue
            }
        }
        let unknown = #expect(throws: ClientQuotaFilterError.self) {
            try matching([Component(entityType: "planet", matchType: 2, match: nil)])
        }
        guard case .unsupported = unknown else {
            Issue.record("\(String(describing: unknown))")
            return
        }
    }
}
