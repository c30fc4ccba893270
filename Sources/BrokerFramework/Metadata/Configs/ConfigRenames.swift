internal import BrokerPluginAPI
package import BrokerWire

/// Configs that had other names before. What is set under one of those is set under today's, so that nothing behind the
/// door knows of the others.
package struct ConfigRenames: Hashable, Sendable {
    private var names: [ConfigResource.Kind: [String: String]] = [:]

    /// Nothing was renamed.
    package static let none = ConfigRenames()

    private init() {}

    init(_ schemas: ConfigSchemas) {
        for (kind, schema) in [(ConfigResource.Kind.topic, schemas.topic), (.broker, schemas.broker)] {
            for definition in schema.definitions {
                for former in definition.formerNames where schema.currentName(of: former) == definition.name {
                    names[kind, default: [:]][former] = definition.name
                }
            }
        }
    }

    /// A record of the metadata log, which may be older than a renaming.
    package func today(_ record: MetadataRecord) -> MetadataRecord {
        guard !names.isEmpty, case .config(var config) = record,
            let name = ConfigResource.Kind(rawValue: config.resourceType).flatMap({ names[$0]?[config.name] })
        else { return record }
        config.name = name
        return .config(config)
    }
}

extension ConfigSchemas {
    package var renames: ConfigRenames { ConfigRenames(self) }
}

extension ConfigSchema {
    /// What to tell who sets a key under two names at once.
    package func refusalOfBoth(_ one: String, _ other: String) -> String {
        let name = currentName(of: one)
        return "'\(name)' is set twice: '\(one == name ? other : one)' is its former name. Set '\(name)' alone."
    }
}
