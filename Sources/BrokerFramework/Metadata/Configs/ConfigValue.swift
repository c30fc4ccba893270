public import BrokerPluginAPI

/// Where the value of a config comes from; raw values are those of DescribeConfigs.
public enum ConfigSource: Int8, Sendable {
    case topic = 1
    case dynamicBroker = 2
    case dynamicDefaultBroker = 3
    case staticBroker = 4
    case standard = 5
    case dynamicBrokerLogger = 6
    case clientMetrics = 7
    case group = 8
}

/// A config's value, where it comes from, and what each level of configuration says of it.
public struct ConfigValue: Hashable, Sendable {
    public struct Level: Hashable, Sendable {
        /// The key that is set at this level.
        public var name: String
        /// In the unit of the config that is described.
        public var value: String?
        /// As it stands at `name`, in that key's own unit.
        public var text: String?
        public var source: ConfigSource

        public init(name: String, value: String?, source: ConfigSource) {
            self.name = name
            self.value = value
            text = value
            self.source = source
        }
    }

    /// From the strongest to the weakest, which is the default.
    public var levels: [Level]

    public init(levels: [Level]) { self.levels = levels }

    public var value: String? { levels.first?.value }
    public var source: ConfigSource { levels.first?.source ?? .standard }

    /// A topic config: what the topic sets, then this broker's and all brokers' changes, the file, the default.
    public static func ofTopic(
        _ definition: ConfigDefinition, set: [String: String], image: MetadataImage, config: BrokerConfig
    ) -> ConfigValue {
        of(definition, set: set, by: .topic, over: ConfigLayers(image: image, config: config))
    }

    /// A group config: what is set for the group, then what the broker says, as for a topic.
    public static func ofGroup(
        _ definition: ConfigDefinition, set: [String: String], image: MetadataImage, config: BrokerConfig
    ) -> ConfigValue {
        of(definition, set: set, by: .group, over: ConfigLayers(image: image, config: config))
    }

    /// A config of a client metrics subscription, of which brokers say nothing.
    public static func ofClientMetrics(_ definition: ConfigDefinition, set: [String: String]) -> ConfigValue {
        of(definition, set: set, by: .clientMetrics, over: ConfigLayers(broker: [:], allBrokers: [:], file: [:]))
    }

    static func of(
        _ definition: ConfigDefinition, set: [String: String], by source: ConfigSource, over layers: ConfigLayers
    ) -> ConfigValue {
        var levels: [Level] = []
        if let value = set[definition.name] {
            levels.append(Level(name: definition.name, value: definition.normalized(value), source: source))
        }
        levels += layers.levels(of: definition.synonyms)
        if definition.synonyms.isEmpty {
            levels.append(Level(name: definition.name, value: definition.standard, source: .standard))
        }
        return ConfigValue(levels: levels)
    }

    /// A broker config, as the broker of `config` has it. Keys that stand for the same thing in another unit are
    /// among the levels where they are weaker.
    public static func ofBroker(
        _ definition: ConfigDefinition, image: MetadataImage, config: BrokerConfig
    ) -> ConfigValue {
        let layers = ConfigLayers(image: image, config: config)
        let family = definition.synonyms.map { ConfigSynonym($0.name) }
        let levels = layers.levels(of: family.isEmpty ? [ConfigSynonym(definition.name)] : family)
        return ConfigValue(levels: Array(levels.drop { $0.name != definition.name }))
    }
}

extension BrokerConfig {
    /// Finds what holds for a topic on this broker, by the name of a topic config; defaults included.
    public func topicLookup(_ topic: String, image: MetadataImage) -> ConfigLookup {
        topicLookup(image.config(of: ConfigResource(.topic, topic)), ConfigLayers(image: image, config: self))
    }

    /// What this broker was started with.
    var file: ConfigLayers { ConfigLayers(broker: [:], allBrokers: [:], file: values, schema: schemas.broker) }

    /// The same for a topic that sets `set`, where brokers are configured with `layers`.
    func topicLookup(_ set: [String: String], _ layers: ConfigLayers) -> ConfigLookup {
        { [schemas] name in
            if let value = set[name] { return value }
            return schemas.topic[name].flatMap { ConfigValue.of($0, set: [:], by: .topic, over: layers).value }
        }
    }
}

extension TopicConfig {
    /// The configuration that holds for a topic on this broker.
    public init(topic: String, image: MetadataImage, config: BrokerConfig) {
        self.init(config.topicLookup(topic, image: image))
    }
}
