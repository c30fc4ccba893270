import BrokerMetadata
import BrokerModel
import BrokerPluginAPI
import Testing

private struct Lanes: Partitioner, Plugin {
    static let name = "lanes"
    static let summary = "Lanes."
    struct Configuration: PluginConfiguration {
        var keys: [String] = []
        var width = 2
        static let schema = PluginSchema<Self> {
            ConfigKey("keys", \.keys, "The keys.")
            ConfigKey("width", \.width, "How many.", in: 1...8)
        }
        var problem: String? { keys.count > width * 10 ? "Too many keys for so few lanes." : nil }
    }
    init(_ configuration: Configuration) {}
    func partition(for record: PartitionerContext) -> PartitionIndex { 0 }
}

private struct Renamed: Partitioner, Plugin {
    static let name = "renamed"
    static let summary = "Had other options."
    struct Configuration: PluginConfiguration {
        var width = 2
        static let schema = PluginSchema<Self> { ConfigKey("width", \.width, "How many.").renamed(from: "lanes") }
    }
    init(_ configuration: Configuration) {}
    func partition(for record: PartitionerContext) -> PartitionIndex { 0 }
}

@Suite struct ConfigSchemasTests {
    private let schemas: ConfigSchemas
    private let plugins: PluginSet

    init() throws {
        plugins = try PluginSet {
            Use(.partitioner("first") { _ in 0 })
            Use(Lanes.self)
            Use(.cleanupPolicy("delete") { _ in .nothing })
            Use(.cleanupPolicy("keep-all") { _ in .nothing })
        }
        schemas = ConfigSchemas(plugins)
    }

    private func lookup(_ set: [String: String]) -> ConfigLookup {
        { [schemas] in set[$0] ?? schemas.topic[$0]?.standard }
    }

    @Test func `topics have the keys that choose plug-ins, and the plug-ins' options`() {
        let names = schemas.topic.definitions.map(\.name)
        #expect(names.starts(with: ConfigSchema.topic.definitions.map(\.name)), "Kafka's keys stay where they were")
        #expect(
            names.suffix(5) == [
                "partitioner", "partitioner.verify", "interceptor", "partitioner.lanes.keys", "partitioner.lanes.width",
            ])
        #expect(schemas.topic["partitioner"]?.standard == "first")
        #expect(schemas.topic.problem(setting: "partitioner", to: "lanes") == nil)
        #expect(
            schemas.topic.problem(setting: "partitioner", to: "lane")
                == "Invalid value 'lane' for 'partitioner': it must be one of first, lanes. Did you mean 'lanes'?")
        #expect(schemas.topic.problem(setting: "cleanup.policy", to: "keep-all,delete") == nil)
        #expect(schemas.topic.problem(setting: "cleanup.policy", to: "compact") != nil, "it was not assembled in")
    }

    @Test func `records are held only against a partitioner that says where they belong`() {
        let problem = "partitioner.verify=reject needs a partitioner that can say where a record belongs"
        let error = #expect(throws: BrokerConfigError.self) {
            try BrokerConfig(layers: [["partitioner.verify": "reject"]], plugins: plugins)
        }
        #expect(error?.problems.first?.hasPrefix(problem) == true)
    }

    @Test func `an option of a plug-in that the broker does not use is named when it starts`() throws {
        struct Limits: TopicPolicy, Plugin {
            static let name = "limits"
            static let summary = "Limits."
            struct Configuration: PluginConfiguration {
                var most = 2
                static let schema = PluginSchema<Self> { ConfigKey("most", \.most, "How many.") }
            }
            init(_ configuration: Configuration) {}
            func check(_ change: TopicChange, for asker: RequestContext) throws(PluginError) {}
        }
        let plugins = try PluginSet { Use(Limits.self) }
        let set = ["topic.policies.limits.most": "3"]
        #expect(
            try BrokerConfig(layers: [set], plugins: plugins).warnings == [
                "'topic.policies.limits.most' is an option of the topic policy 'limits', which this broker does not use: "
                    + "topic.policies is ''. It has no effect."
            ])
        #expect(try BrokerConfig(layers: [set, ["topic.policies": "limits"]], plugins: plugins).warnings.isEmpty)
    }

    @Test func `an option has its default in the broker's configuration`() throws {
        let config = try BrokerConfig(layers: [["partitioner.lanes.width": "5"]], plugins: plugins)
        #expect(config.warnings.isEmpty)
        let found = config.topicLookup("t", image: MetadataImage())
        #expect(found("partitioner.lanes.width") == "5" && found("partitioner.lanes.keys") == "")
        #expect(found("partitioner") == "first" && found("partitioner.none.keys") == nil)
        #expect(throws: BrokerConfigError.self) {
            try BrokerConfig(layers: [["partitioner.lanes.width": "9"]], plugins: plugins)
        }
    }

    @Test(arguments: [
        (
            "partitioner.lanes.widht",
            "Unknown config 'partitioner.lanes.widht'. Did you mean 'partitioner.lanes.width'?"
        ),
        (
            "partitioner.lanes.colour.of.the.lines",
            "Unknown config 'partitioner.lanes.colour.of.the.lines': the partitioner 'lanes' has the options partitioner.lanes.keys, "
                + "partitioner.lanes.width."
        ),
        (
            "partitioner.first.keys",
            "Unknown config 'partitioner.first.keys': the partitioner 'first' has no options."
        ),
        (
            "topic.policies",
            "The config 'topic.policies' cannot be set: this broker was assembled without any topic policy."
        ),
        (
            "compression.custom",
            "The config 'compression.custom' cannot be set: this broker was assembled without any compression codec beyond "
                + "Kafka's."
        ),
        (
            "interceptor",
            "Invalid value '5' for 'interceptor': it must be empty: this broker was assembled without any record "
                + "interceptor."
        ),
    ])
    func `a broker does not start with what its plug-ins cannot understand`(key: String, problem: String) {
        let error = #expect(throws: BrokerConfigError.self) {
            try BrokerConfig(layers: [[key: "5"]], plugins: plugins)
        }
        #expect(error?.problems == [problem])
    }

    @Test func `keys of other people's plug-ins are only warned of`() throws {
        let config = try BrokerConfig(
            layers: [["partitioner.lane.width": "5", "confluent.balancer": "x"]], plugins: plugins)
        #expect(
            config.warnings == [
                "Unknown config 'confluent.balancer'. It has no effect.",
                "Unknown config 'partitioner.lane.width'. Did you mean 'partitioner.lanes.width'? It has no effect.",
            ])
    }

    @Test func `the words for what a broker has none of are the same for topics`() {
        #expect(
            schemas.topic.problem(setting: "compression.custom", to: "x")?.contains("without any compression codec")
                == true)
        #expect(schemas.topic.problem(setting: "storage", to: "x")?.contains("without any storage backend") == true)
        #expect(schemas.topic.problem(setting: "interceptor", to: "x")?.contains("any record interceptor.") == true)
        #expect(schemas.topic.problem(setting: "interceptor", to: "") == nil)
    }

    @Test func `the file may use former names, of which it is warned, and not both`() throws {
        let plugins = try PluginSet { Use(Renamed.self) }
        let (new, old) = ("partitioner.renamed.width", "partitioner.renamed.lanes")
        let config = try BrokerConfig(layers: [[old: "3"]], plugins: plugins)
        #expect(config.values == [new: "3"])
        #expect(config.warnings == ["The config '\(old)' is called '\(new)' today. Its value is used."])
        #expect(try BrokerConfig(layers: [[old: "3"], [new: "4"]], plugins: plugins).values == [new: "4"])
        #expect(try BrokerConfig(layers: [[new: "3"], [old: "4"]], plugins: plugins).values == [new: "4"])
        let error = #expect(throws: BrokerConfigError.self) {
            try BrokerConfig(layers: [[old: "3", new: "4"]], plugins: plugins)
        }
        #expect(error?.problems == ["'\(new)' is set twice: '\(old)' is its former name. Set '\(new)' alone."])
        #expect(try BrokerConfig(layers: [["broker.id": "3"]]).warnings.isEmpty, "Kafka's own stands in many files")
        #expect(try BrokerConfig(layers: [["broker.id": "3", "node.id": "3"]]).nodeID == 3)
    }

    @Test func `an option of a plug-in that the topic does not use is refused when it is set`() {
        #expect(
            TopicConfig.conflict(
                changed: ["partitioner.lanes.width"], schemas: schemas, lookup(["partitioner.lanes.width": "3"]))
                == "'partitioner.lanes.width' is an option of the partitioner 'lanes', which the topic does not use: "
                + "partitioner is 'first'. Set partitioner=lanes too, or leave the option out.")
        #expect(
            TopicConfig.conflict(
                changed: ["partitioner", "partitioner.lanes.width"], schemas: schemas,
                lookup(["partitioner": "lanes", "partitioner.lanes.width": "3"])) == nil)
        #expect(
            TopicConfig.conflict(
                changed: ["partitioner"], schemas: schemas,
                lookup(["partitioner": "first", "partitioner.lanes.width": "3"])) == nil,
            "what was set before may stay, so that a topic can be switched back and forth")
    }

    @Test func `what a plug-in says of its options together is the topic's conflict`() {
        let many = (0...20).map { "k\($0)" }.joined(separator: ",")
        #expect(
            TopicConfig.conflict(
                changed: ["partitioner.lanes.keys"], schemas: schemas,
                lookup(["partitioner": "lanes", "partitioner.lanes.keys": many])) == "Too many keys for so few lanes.")
    }
}
