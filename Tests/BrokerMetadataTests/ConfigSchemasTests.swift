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

    @Test func `an option has its default in the broker's configuration`() throws {
        let config = try BrokerConfig(layers: [["partitioner.lanes.width": "5"]], plugins: plugins)
        #expect(config.warnings.isEmpty)
        let found = config.topicLookup("t", image: MetadataImage())
        #expect(found("partitioner.lanes.width") == "5" && found("partitioner.lanes.keys") == "")
        #expect(found("partitioner") == "first" && found("partitioner.none.keys") == nil)
        #expect(throws: BrokerConfigError.self) {
            try BrokerConfig(layers: [["partitioner.lanes.width": "9"]], plugins: plugins)
        }
        #expect(
            try BrokerConfig(layers: [["partitioner.lanes.widht": "5"]], plugins: plugins).warnings
                == [
                    "Unknown config 'partitioner.lanes.widht'. Did you mean 'partitioner.lanes.width'? It has no effect."
                ])
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
