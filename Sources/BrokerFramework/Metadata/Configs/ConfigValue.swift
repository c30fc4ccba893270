public import BrokerPluginAPI

/// Where the value of a config comes from; raw values are those of DescribeConfigs.
public enum ConfigSource: Int8, Sendable {
    case topic = 1
    case dynamicBroker = 2
    case dynamicDefaultBroker = 3
    case staticBroker = 4
    case standard = 5
    case dynamicBrokerLogger = 6
}

/// A config's value, where it comes from, and what each level of configuration says of it.
public struct ConfigValue: Hashable, Sendable {
    public struct Level: Hashable, Sendable {
        public var name: String
        public var value: String?
        public var source: ConfigSource

        public init(name: String, value: String?, source: ConfigSource) {
            self.name = name
            self.value = value
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
        var levels: [Level] = []
        if let value = set[definition.name] {
            levels.append(Level(name: definition.name, value: value, source: .topic))
        }
        let broker = image.config(of: ConfigResource(.broker, String(config.nodeID)))
        let allBrokers = image.config(of: ConfigResource(.broker, ""))
        for (values, source) in [(broker, ConfigSource.dynamicBroker), (allBrokers, .dynamicDefaultBroker)]
        where !values.isEmpty {
            if let (value, key) = BrokerConfig.topicDefault(definition, in: values) {
                levels.append(Level(name: key, value: value, source: source))
            }
        }
        if let (value, key) = config.topicDefault(definition) {
            levels.append(Level(name: key, value: value, source: .staticBroker))
        }
        levels.append(
            Level(
                name: definition.synonyms.first?.name ?? definition.name, value: definition.standard, source: .standard)
        )
        return ConfigValue(levels: levels)
    }

    /// A broker config, as broker `node` has it.
    public static func ofBroker(
        _ definition: ConfigDefinition, image: MetadataImage, config: BrokerConfig
    ) -> ConfigValue {
        var levels: [Level] = []
        let broker = image.config(of: ConfigResource(.broker, String(config.nodeID)))
        let allBrokers = image.config(of: ConfigResource(.broker, ""))
        if let value = broker[definition.name] {
            levels.append(Level(name: definition.name, value: value, source: .dynamicBroker))
        }
        if let value = allBrokers[definition.name] {
            levels.append(Level(name: definition.name, value: value, source: .dynamicDefaultBroker))
        }
        if let value = config.values[definition.name] {
            levels.append(Level(name: definition.name, value: value, source: .staticBroker))
        }
        if let standard = definition.standard {
            levels.append(Level(name: definition.name, value: standard, source: .standard))
        }
        return ConfigValue(levels: levels)
    }
}

extension TopicConfig {
    /// The configuration that holds for a topic on this broker.
    public init(topic: String, image: MetadataImage, config: BrokerConfig) {
        let set = image.config(of: ConfigResource(.topic, topic))
        self.init { name in
            ConfigSchema.topic[name].flatMap { definition in
                ConfigValue.ofTopic(definition, set: set, image: image, config: config).value
            }
        }
    }
}
