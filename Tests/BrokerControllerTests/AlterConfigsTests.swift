import BrokerController
import BrokerMetadata
import BrokerPrimitives
import BrokerWire
import Testing

struct AlterConfigsTests {
    private typealias Resource = IncrementalAlterConfigsRequest.AlterConfigsResource
    private enum Operation: Int8 { case set, delete, append, subtract }

    private func resource(
        _ kind: ConfigResource.Kind, _ name: String, _ changes: (Operation, String, String?)...
    ) -> Resource {
        Resource(
            resourceType: kind.rawValue, resourceName: name,
            configs: changes.map { .init(name: $0.1, configOperation: $0.0.rawValue, value: $0.2) })
    }

    private func alter(
        _ cluster: inout Cluster, _ resources: Resource..., validateOnly: Bool = false,
        refusal: (ConfigResource) -> ControllerError? = { _ in nil }
    ) throws -> [ErrorCode] {
        let request = IncrementalAlterConfigsRequest(resources: resources, validateOnly: validateOnly)
        return try cluster.decide { controller, _ in
            controller.alterConfigs(request, refusal: refusal)
        }.responses.map(\.errorCode)
    }

    private func cluster() throws -> Cluster {
        var cluster = try Cluster(brokers: 1, ["log.cleanup.policy": "delete"])
        _ = try cluster.create(.automatic("t", configs: [("retention.ms", "5")]))
        return cluster
    }

    private let topic = ConfigResource(.topic, "t")

    @Test func `configs are set and deleted`() throws {
        var cluster = try cluster()
        let codes = try alter(
            &cluster,
            resource(.topic, "t", (.set, "segment.ms", "7"), (.delete, "retention.ms", nil), (.set, "flush.ms", "8")))
        #expect(codes == [.none])
        #expect(cluster.controller.image.config(of: topic) == ["segment.ms": "7", "flush.ms": "8"])
    }

    @Test func `a list grows and shrinks from what holds now, be it a default`() throws {
        var cluster = try cluster()
        _ = try alter(&cluster, resource(.topic, "t", (.append, "cleanup.policy", "compact")))
        #expect(cluster.controller.image.config(of: topic)["cleanup.policy"] == "delete,compact")
        _ = try alter(&cluster, resource(.topic, "t", (.subtract, "cleanup.policy", " delete ,nothing")))
        #expect(cluster.controller.image.config(of: topic)["cleanup.policy"] == "compact")
        _ = try alter(&cluster, resource(.topic, "t", (.append, "cleanup.policy", "compact")))
        #expect(cluster.controller.image.config(of: topic)["cleanup.policy"] == "compact", "no item twice")
    }

    @Test func `only what differs is written`() throws {
        var cluster = try cluster()
        let request = IncrementalAlterConfigsRequest(resources: [
            resource(.topic, "t", (.set, "retention.ms", "5"), (.delete, "flush.ms", nil), (.set, "segment.ms", "9"))
        ])
        let decision = cluster.controller.alterConfigs(request) { _ in nil }
        #expect(decision.records == [.config(.setting("segment.ms", to: "9", of: topic))])
        _ = try alter(&cluster, request.resources[0])
    }

    @Test(
        arguments: [
            ("retention.ms", 0, "soon", .invalidConfig), ("retention.ms", 0, nil, .invalidRequest),
            ("retention.ms", 2, "5", .invalidConfig), ("retention.ms", 3, "5", .invalidConfig),
            ("retention.ms", 4, "5", .invalidRequest), ("retention.ms", -1, "5", .invalidRequest),
            ("no.such.key", 0, "1", .invalidConfig), ("cleanup.policy", 2, "shrink", .invalidConfig),
            ("max.compaction.lag.ms", 0, "1", .invalidConfig),
        ] as [(String, Int8, String?, ErrorCode)])
    func `one bad change undoes its resource and no other`(
        name: String, operation: Int8, value: String?, code: ErrorCode
    ) throws {
        var cluster = try cluster()
        _ = try cluster.create(.automatic("u"))
        _ = try alter(&cluster, resource(.topic, "t", (.set, "min.compaction.lag.ms", "5")))
        let before = cluster.controller.image.config(of: topic)
        var bad = resource(.topic, "t", (.set, "flush.ms", "1"))
        bad.configs.append(.init(name: name, configOperation: operation, value: value))
        #expect(try alter(&cluster, bad, resource(.topic, "u", (.set, "flush.ms", "2"))) == [code, .none])
        #expect(cluster.controller.image.config(of: topic) == before)
        #expect(cluster.controller.image.config(of: ConfigResource(.topic, "u")) == ["flush.ms": "2"])
    }

    @Test func `a key or a resource that is named twice is refused`() throws {
        var cluster = try cluster()
        #expect(
            try alter(&cluster, resource(.topic, "t", (.set, "flush.ms", "1"), (.delete, "flush.ms", nil)))
                == [.invalidRequest])
        #expect(
            try alter(
                &cluster, resource(.topic, "t", (.set, "flush.ms", "1")),
                resource(.topic, "t", (.set, "segment.ms", "2"))
            ) == [.invalidRequest, .invalidRequest])
        #expect(cluster.controller.image.config(of: topic) == ["retention.ms": "5"])
    }

    @Test func `a value that grows beyond what a record can hold is refused, and no other`() throws {
        var cluster = try cluster()
        let long = String(repeating: "m", count: 32_000)
        #expect(try alter(&cluster, resource(.clientMetrics, "m", (.set, "metrics", long))) == [.none])
        let tail = String(repeating: "n", count: 766)
        #expect(
            try alter(
                &cluster, resource(.clientMetrics, "m", (.append, "metrics", tail + "n")),
                resource(.topic, "t", (.set, "flush.ms", "1"))) == [.invalidConfig, .none])
        #expect(try alter(&cluster, resource(.clientMetrics, "m", (.append, "metrics", tail))) == [.none])
        let value = cluster.controller.image.config(of: ConfigResource(.clientMetrics, "m"))["metrics"]
        #expect(value?.utf8.count == 32_767)
    }

    @Test func `values are judged as they are read, without blanks and whatever the case of a boolean`() throws {
        var cluster = try cluster()
        #expect(
            try alter(
                &cluster,
                resource(.topic, "t", (.set, "flush.ms", " 8 "), (.set, "preallocate", "TRUE")),
                resource(.group, "g", (.set, "consumer.session.timeout.ms", "\t44999")),
                resource(.group, "h", (.set, "consumer.session.timeout.ms", "45000\n"))
            ) == [.none, .invalidConfig, .none])
        #expect(
            try alter(
                &cluster,
                resource(.topic, "t", (.set, "min.compaction.lag.ms", " 6"), (.set, "max.compaction.lag.ms", "5 ")))
                == [.invalidConfig])
        #expect(
            try alter(&cluster, resource(.topic, "t", (.set, "remote.storage.enable", " True"))) == [.invalidConfig])
    }

    @Test(arguments: ["many", "-1", ""])
    func `a bad value for a broker is an invalid request, as in Kafka`(value: String) throws {
        var cluster = try cluster()
        #expect(
            try alter(
                &cluster, resource(.broker, "1", (.set, "max.connections", value)),
                resource(.broker, "", (.set, "max.connections", value))) == [.invalidRequest, .invalidRequest])
    }

    @Test func `resources that are not there or not served are refused`() throws {
        var cluster = try cluster()
        let change = (Operation.set, "flush.ms", Optional("1"))
        #expect(
            try alter(
                &cluster, resource(.topic, "x", change), resource(.broker, "9", change), resource(.broker, "x", change),
                resource(.group, "", change), resource(.clientMetrics, "", change),
                resource(.brokerLogger, "1", change),
                resource(.unknown, "?", change)
            ) == [.unknownTopicOrPartition] + Array(repeating: .invalidRequest, count: 6))
    }

    @Test func `a broker's changeable configs change, for one or for all`() throws {
        var cluster = try cluster()
        let codes = try alter(
            &cluster, resource(.broker, "1", (.set, "log.retention.ms", "1")),
            resource(.broker, "", (.set, "log.retention.ms", "2")))
        #expect(codes == [.none, .none])
        #expect(cluster.controller.image.config(of: ConfigResource(.broker, "1")) == ["log.retention.ms": "1"])
        #expect(cluster.controller.image.config(of: ConfigResource(.broker, "")) == ["log.retention.ms": "2"])
    }

    @Test(arguments: ["node.id", "listeners", "log.dirs", "num.partitions", "no.such.key"])
    func `a broker's fixed configs do not change`(name: String) throws {
        var cluster = try cluster()
        #expect(try alter(&cluster, resource(.broker, "1", (.set, name, "1"))) == [.invalidRequest])
        #expect(cluster.controller.image.config(of: ConfigResource(.broker, "1")).isEmpty)
    }

    @Test func `refused and validated requests change nothing`() throws {
        var cluster = try cluster()
        let before = cluster.controller.image.records
        let change = resource(.topic, "t", (.set, "flush.ms", "1"))
        #expect(try alter(&cluster, change, validateOnly: true) == [.none])
        #expect(
            try alter(&cluster, change) { _ in ControllerError(.topicAuthorizationFailed, "no") }
                == [.topicAuthorizationFailed])
        #expect(cluster.controller.image.records == before)
    }

    @Test func `of several problems the first by name is told`() throws {
        let cluster = try cluster()
        let request = IncrementalAlterConfigsRequest(resources: [
            resource(
                .topic, "t", (.set, "segment.ms", "x"), (.set, "flush.ms", "x"), (.set, "retention.bytes", "x"),
                (.set, "delete.retention.ms", "x"), (.set, "preallocate", "x"))
        ])
        let reply = cluster.controller.alterConfigs(request) { _ in nil }.reply
        #expect(reply.responses[0].errorMessage?.contains("'delete.retention.ms'") == true)
    }

    @Test func `groups and client metrics have configs of their own, whether there are such or not`() throws {
        var cluster = try cluster()
        #expect(
            try alter(
                &cluster, resource(.group, "g", (.set, "consumer.session.timeout.ms", "50000")),
                resource(.clientMetrics, "m", (.set, "interval.ms", "1000"), (.append, "metrics", "org.apache"))
            ) == [.none, .none])
        let image = cluster.controller.image
        #expect(image.config(of: ConfigResource(.group, "g")) == ["consumer.session.timeout.ms": "50000"])
        #expect(
            image.config(of: ConfigResource(.clientMetrics, "m")) == ["interval.ms": "1000", "metrics": "org.apache"])
        #expect(
            try alter(
                &cluster, resource(.group, "g", (.set, "retention.ms", "1")),
                resource(.clientMetrics, "m", (.set, "interval.ms", "99"))
            ) == [.invalidConfig, .invalidConfig])
    }

    @Test(
        arguments: [
            ("consumer.session.timeout.ms", "44999", false), ("consumer.session.timeout.ms", "45000", true),
            ("consumer.session.timeout.ms", "60001", false), ("consumer.heartbeat.interval.ms", "15000", true),
            ("consumer.heartbeat.interval.ms", "15001", false), ("streams.num.standby.replicas", "2", true),
            ("streams.num.standby.replicas", "3", false), ("share.delivery.count.limit", "11", false),
            ("share.partition.max.record.locks", "4000", true), ("share.isolation.level", "read_committed", true),
        ])
    func `a group keeps within what the broker allows`(name: String, value: String, isAllowed: Bool) throws {
        var cluster = try cluster()
        #expect(
            try alter(&cluster, resource(.group, "g", (.set, name, value))) == [isAllowed ? .none : .invalidConfig])
    }

    @Test func `a group's limits are the broker's of now`() throws {
        var cluster = try Cluster(
            brokers: 1,
            ["group.consumer.min.session.timeout.ms": "100", "group.consumer.min.heartbeat.interval.ms": "50"])
        #expect(
            try alter(&cluster, resource(.group, "g", (.set, "consumer.session.timeout.ms", "100"))) == [.invalidConfig]
        )
        #expect(
            try alter(
                &cluster,
                resource(
                    .group, "g", (.set, "consumer.session.timeout.ms", "100"),
                    (.set, "consumer.heartbeat.interval.ms", "99"))) == [.none])
    }

    @Test func `what belongs to one broker is not set for all`() throws {
        var cluster = try cluster()
        let change = (Operation.set, "cordoned.log.dirs", Optional("*"))
        #expect(
            try alter(&cluster, resource(.broker, "", change), resource(.broker, "1", change)) == [
                .invalidRequest, .none,
            ])
    }

    @Test func `a config that is no longer known can still be taken back`() throws {
        var cluster = try cluster()
        try cluster.commit([.config(.setting("message.format.version", to: "2.8", of: topic))])
        #expect(try alter(&cluster, resource(.topic, "t", (.set, "message.format.version", "3.0"))) == [.invalidConfig])
        #expect(
            try alter(&cluster, resource(.topic, "t", (.set, "flush.ms", "3"))) == [.none], "others are not in its way")
        #expect(try alter(&cluster, resource(.topic, "t", (.delete, "message.format.version", nil))) == [.none])
        #expect(cluster.controller.image.config(of: topic) == ["retention.ms": "5", "flush.ms": "3"])
    }

    @Test func `tiered storage is refused, as there is none`() throws {
        var cluster = try cluster()
        #expect(try alter(&cluster, resource(.topic, "t", (.set, "remote.storage.enable", "true"))) == [.invalidConfig])
        #expect(try alter(&cluster, resource(.topic, "t", (.set, "remote.storage.enable", "false"))) == [.none])
    }

    @Test func `replacing sets what is named and takes back the rest`() throws {
        var cluster = try cluster()
        func replace(_ configs: [(String, String?)], validateOnly: Bool = false) throws -> ErrorCode {
            let request = AlterConfigsRequest(
                resources: [
                    .init(
                        resourceType: 2, resourceName: "t", configs: configs.map { .init(name: $0.0, value: $0.1) })
                ], validateOnly: validateOnly)
            return try cluster.decide { controller, _ in controller.alterConfigs(request) { _ in nil } }
                .responses[0].errorCode
        }
        #expect(try replace([("flush.ms", "1"), ("segment.ms", "2")], validateOnly: true) == .none)
        #expect(cluster.controller.image.config(of: topic) == ["retention.ms": "5"])
        #expect(try replace([("flush.ms", "1"), ("segment.ms", "2")]) == .none)
        #expect(cluster.controller.image.config(of: topic) == ["flush.ms": "1", "segment.ms": "2"])
        #expect(try replace([("flush.ms", "1"), ("flush.ms", "2")]) == .invalidRequest)
        #expect(try replace([("flush.ms", nil)]) == .invalidRequest)
        #expect(try replace([("flush.ms", "soon")]) == .invalidConfig)
        #expect(cluster.controller.image.config(of: topic) == ["flush.ms": "1", "segment.ms": "2"])
        #expect(try replace([]) == .none)
        #expect(cluster.controller.image.config(of: topic).isEmpty)
    }
}
