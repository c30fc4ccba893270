internal import BrokerPluginAPI

/// What a broker's configuration says on each of its levels but the default, strongest first.
struct ConfigLayers {
    private let schema: ConfigSchema
    private let layers: [(values: [String: String], source: ConfigSource)]

    init(image: MetadataImage, config: BrokerConfig) {
        self.init(
            broker: image.config(of: ConfigResource(.broker, String(config.nodeID))),
            allBrokers: image.config(of: ConfigResource(.broker, "")), file: config.values,
            schema: config.schemas.broker)
    }

    init(
        broker: [String: String], allBrokers: [String: String], file: [String: String],
        schema: ConfigSchema = .broker
    ) {
        self.schema = schema
        layers = [(broker, ConfigSource.dynamicBroker), (allBrokers, .dynamicDefaultBroker), (file, .staticBroker)]
            .filter { !$0.0.isEmpty }
    }

    /// Each level at which one of `keys` is set, then their default. Of several keys at one level the first is the
    /// strongest.
    func levels(of keys: [ConfigSynonym]) -> [ConfigValue.Level] {
        var levels: [ConfigValue.Level] = []
        for (values, source) in layers {
            for key in keys {
                guard let text = values[key.name], isUsed(key.name, text, source),
                    let level = level(key, text, source)
                else { continue }
                levels.append(level)
            }
        }
        for key in keys {
            guard let text = schema[key.name]?.standard else { continue }
            if let level = level(key, text, .standard) { levels.append(level) }
        }
        return levels
    }

    private func level(_ key: ConfigSynonym, _ text: String, _ source: ConfigSource) -> ConfigValue.Level? {
        let text = schema.normalized(key.name, text)
        var level = ConfigValue.Level(name: key.name, value: text, source: source)
        if key.factor != 1 {
            guard let number = Int64(text) else { return nil }
            level.value = String(number < 0 ? number : number.multipliedReportingOverflow(by: key.factor).partialValue)
        }
        return level
    }

    /// Whether a value counts. What cannot be changed while the broker runs, is unknown, or makes no sense counts only if
    /// the broker was started with it, whoever wrote it.
    private func isUsed(_ name: String, _ text: String, _ source: ConfigSource) -> Bool {
        source == .staticBroker
            || schema[name].map { !$0.isReadOnly && $0.problem(with: text) == nil } ?? false
    }

    /// What was changed while the broker ran and is fit for use.
    var changes: [String: String] {
        var changes: [String: String] = [:]
        for (values, source) in layers.reversed() where source != .staticBroker {
            for (name, value) in values where isUsed(name, value, source) {
                changes[name] = schema.normalized(name, value)
            }
        }
        return changes
    }
}
