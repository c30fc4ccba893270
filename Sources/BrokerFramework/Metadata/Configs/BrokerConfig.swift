public import BrokerModel
public import BrokerPluginAPI

/// A broker's static configuration: what file, environment and flags set, over the defaults.
public struct BrokerConfig: Sendable {
    /// The text set for each key, as it is read: see `ConfigDefinition.normalized(_:)`.
    public private(set) var values: [String: String]
    /// Keys that have no effect here, in words for the log.
    public private(set) var warnings: [String]
    /// The keys there are.
    public let schemas: ConfigSchemas

    /// Joins the sources, the later ones over the earlier ones, and judges every value.
    ///
    /// - Parameter plugins: what the broker is assembled of; their options are keys too.
    public init(layers: [[String: String]], plugins: PluginSet = .none) throws(BrokerConfigError) {
        let schemas = plugins.registrations.isEmpty ? .kafka : ConfigSchemas(plugins)
        let joined = JoinedConfig(layers, schema: schemas.broker)
        var (values, problems, warnings) = (joined.values, joined.problems, joined.warnings)
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            values[name] = schemas.broker.normalized(name, value)
            if schemas.broker[name] == nil {
                if let problem = schemas.problem(startingWith: name) {
                    problems.append(problem)
                } else {
                    warnings.append(schemas.broker.unknown(name) + " It has no effect.")
                }
            } else if let problem = schemas.broker.problem(setting: name, to: value) {
                problems.append(problem)
            } else if let warning = Self.warning(setting: name, to: value) {
                warnings.append(warning)
            }
        }
        self.values = values
        self.warnings = warnings
        self.schemas = schemas
        let lookup: ConfigLookup = { [values] in values[$0] ?? schemas.broker[$0]?.standard }
        self.warnings += values.keys.sorted().compactMap { schemas.warning(unused: $0, lookup) }
        if problems.isEmpty, let problem = schemas.problems(topicLookup([:], file)).first {
            problems.append(problem.message)
        }
        guard problems.isEmpty else { throw BrokerConfigError(problems: problems) }
    }

    /// What to tell who sets a key that has no effect here; nil for one that has, and for the default.
    public static func warning(setting name: String, to value: String) -> String? {
        guard let definition = ConfigSchema.broker[name], !definition.hasEffect,
            definition.normalized(value) != definition.standard
        else { return nil }
        return "The config '\(name)' is set, but this broker makes no use of it."
    }

    /// This configuration with what was changed while the broker ran, for all brokers and for this one, over it.
    ///
    /// What cannot be changed then, is unknown, or has a value that makes no sense is left out, whoever wrote it.
    public func changed(by image: MetadataImage) -> BrokerConfig {
        var config = self
        config.values.merge(ConfigLayers(image: image, config: self).changes) { $1 }
        return config
    }

    /// The text for `name`: set or default; nil where there is neither.
    public func text(_ name: String) -> String? { values[name] ?? schemas.broker[name]?.standard }

    /// The number for `name`; 0 where there is none.
    public func long(_ name: String) -> Int64 { text(name).flatMap { Int64($0) } ?? 0 }

    public func int(_ name: String) -> Int { Int(long(name)) }

    public func flag(_ name: String) -> Bool { text(name) == "true" }

    public func list(_ name: String) -> [String] { ConfigDefinition.items(of: text(name) ?? "") }

    public var nodeID: NodeID { NodeID(truncatingIfNeeded: long("node.id")) }

    /// The directories of the logs, at least one.
    public var logDirectories: [String] {
        let several = list("log.dirs")
        return several.isEmpty ? [text("log.dir") ?? "/tmp/kafka-logs"] : several
    }

    public var metadataDirectory: String { text("metadata.log.dir") ?? logDirectories[0] }
}

/// A configuration that cannot be used; every problem at once, so that one round of mending is enough.
public struct BrokerConfigError: Error, Sendable, CustomStringConvertible {
    public let problems: [String]
    public init(problems: [String]) { self.problems = problems }
    public var description: String { problems.joined(separator: "\n") }
}
