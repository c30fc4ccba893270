import BrokerController
import BrokerMetadata
import BrokerPrimitives
import BrokerWire
import Testing

struct UpdateFeaturesTests {
    private let supported = [
        BrokerImage.Feature(name: "metadata.version", minimum: 7, maximum: 30),
        BrokerImage.Feature(name: "kraft.version", minimum: 0, maximum: 1),
        BrokerImage.Feature(name: "some.version", minimum: 0, maximum: 2),
    ]

    private func cluster(level: Int16 = 30) throws -> Cluster {
        var cluster = try Cluster()
        var broker = RegisterBrokerRecord(brokerID: 1, incarnationID: id(1), brokerEpoch: 1)
        broker.features = supported.map {
            .init(name: $0.name, minSupportedVersion: $0.minimum, maxSupportedVersion: $0.maximum)
        }
        try cluster.commit([
            .featureLevel(FeatureLevelRecord(name: "metadata.version", featureLevel: level)), .registerBroker(broker),
        ])
        return cluster
    }

    private func update(
        _ cluster: inout Cluster, _ levels: (String, Int16)..., type: Int8 = 1, validateOnly: Bool = false,
        version: Int16 = 2
    ) throws -> ErrorCode {
        let request = UpdateFeaturesRequest(
            featureUpdates: levels.map { .init(feature: $0.0, maxVersionLevel: $0.1, upgradeType: type) },
            validateOnly: validateOnly)
        return try cluster.decide { controller, _ in
            controller.updateFeatures(request, version: version, supported: supported, kraftVersion: 1)
        }.errorCode
    }

    @Test func `a level is raised, and lowered only when that is asked for`() throws {
        var cluster = try cluster()
        #expect(try update(&cluster, ("some.version", 2)) == .none)
        #expect(cluster.controller.image.features["some.version"] == 2)
        #expect(try update(&cluster, ("some.version", 1)) == .invalidUpdateVersion)
        #expect(try update(&cluster, ("some.version", 1), type: 2) == .none)
        #expect(cluster.controller.image.features["some.version"] == 1)
        #expect(try update(&cluster, ("some.version", 2), type: 2) == .invalidUpdateVersion)
        #expect(try update(&cluster, ("some.version", 0), type: 3) == .none)
        #expect(cluster.controller.image.features["some.version"] == nil)
    }

    @Test func `the metadata version goes down only as far as no record changed`() throws {
        var cluster = try cluster(level: 29)
        #expect(try update(&cluster, ("metadata.version", 25), type: 2) == .none)
        #expect(try update(&cluster, ("metadata.version", 23), type: 2) == .none)
        #expect(try update(&cluster, ("metadata.version", 22), type: 2) == .invalidUpdateVersion)
        #expect(try update(&cluster, ("metadata.version", 22), type: 3) == .invalidUpdateVersion)
        #expect(try update(&cluster, ("metadata.version", 30)) == .none)
        #expect(try update(&cluster, ("metadata.version", 29), type: 2) == .invalidUpdateVersion)
        #expect(cluster.controller.image.features["metadata.version"] == 30)
    }

    @Test(arguments: [("some.version", 3), ("some.version", -1), ("metadata.version", 6), ("no.such", 1)])
    func `a level that is not supported is refused`(name: String, level: Int16) throws {
        var cluster = try cluster()
        #expect(try update(&cluster, (name, level), type: 3) == .invalidUpdateVersion)
        #expect(try update(&cluster, (name, level)) == .invalidUpdateVersion)
    }

    @Test func `one broker that cannot do it is enough`() throws {
        var cluster = try cluster()
        try cluster.add(2)
        #expect(try update(&cluster, ("some.version", 1)) == .invalidUpdateVersion)
    }

    @Test func `all of a request or none of it, and nothing if it is only to be judged`() throws {
        var cluster = try cluster()
        #expect(try update(&cluster, ("some.version", 1), ("no.such", 1)) == .invalidUpdateVersion)
        #expect(try update(&cluster, ("some.version", 1), validateOnly: true) == .none)
        #expect(try update(&cluster, ("some.version", 1), ("some.version", 2)) == .invalidRequest)
        #expect(cluster.controller.image.features["some.version"] == nil)
    }

    @Test func `the quorum's version is what the directory was formatted with`() throws {
        var cluster = try cluster()
        #expect(try update(&cluster, ("kraft.version", 1)) == .none)
        #expect(try update(&cluster, ("kraft.version", 0), type: 2) == .invalidUpdateVersion)
        #expect(cluster.controller.image.features["kraft.version"] == nil)
    }

    @Test func `version 0 has its own way to ask for a downgrade`() throws {
        var cluster = try cluster()
        _ = try update(&cluster, ("some.version", 2))
        let down = UpdateFeaturesRequest(featureUpdates: [
            .init(feature: "some.version", maxVersionLevel: 1, allowDowngrade: true)
        ])
        let reply = try cluster.decide { controller, _ in
            controller.updateFeatures(down, version: 0, supported: supported, kraftVersion: 1)
        }
        #expect(reply.errorCode == .none && reply.results.map(\.feature) == ["some.version"])
        #expect(try update(&cluster, ("some.version", 2), type: 9) == .invalidUpdateVersion)
    }
}
