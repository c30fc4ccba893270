import BrokerFramework
import BrokerMetadata

/// The reference of what can be set, made of the plug-ins' own declarations.
enum OptionReference {
    /// The built-in plug-ins, kind by kind, with their options.
    static func plugins() throws -> [String] {
        let plugins = try PluginSet { DefaultPlugins() }
        let schemas = ConfigSchemas(plugins)
        return PluginKind.allCases.flatMap { kind -> [String] in
            let all = plugins.all(kind)
            guard !all.isEmpty else { return [] }
            return ["", "## \(kind.words.first?.uppercased() ?? "")\(plural(kind.words.dropFirst()))", ""]
                + all.flatMap { describe($0, schemas) }
        }
    }

    private static func plural(_ words: some StringProtocol) -> String {
        words.hasSuffix("y") ? words.dropLast() + "ies" : words + "s"
    }

    private static func describe(_ plugin: PluginRegistration, _ schemas: ConfigSchemas) -> [String] {
        let head = ["### \(plugin.name)", "", plugin.summary, ""]
        guard !plugin.definitions.isEmpty else { return head + ["No options.", ""] }
        return head + [
            "| option | value | default | set for | |",
            "|---|---|---|---|---|",
        ]
            + plugin.definitions.map { definition in
                let name = ([definition.name] + definition.formerNames.map { "(formerly \($0))" }).map { "`\($0)`" }
                    .joined(separator: " ")
                return
                    "| \(name) | \(value(definition)) | \(standard(definition)) | \(scope(definition, plugin, schemas)) "
                    + "| \(definition.documentation) |"
            } + [""]
    }

    private static func value(_ definition: ConfigDefinition) -> String {
        (definition.expectation ?? definition.type.name) + (definition.type == .password ? ", secret" : "")
    }

    private static func standard(_ definition: ConfigDefinition) -> String {
        definition.standard.map { $0.isEmpty ? "empty" : "`\($0)`" } ?? "none"
    }

    private static func scope(
        _ definition: ConfigDefinition, _ plugin: PluginRegistration, _ schemas: ConfigSchemas
    ) -> String {
        let restarts = definition.isReadOnly ? ", when the broker starts" : ""
        return schemas.topic[definition.name] != nil ? "topic, broker\(restarts)" : "broker, when it starts"
    }

    /// The configs that choose plug-ins.
    static func choices() throws -> [String] {
        let schemas = ConfigSchemas(try PluginSet { DefaultPlugins() })
        let names =
            PluginKind.allCases.map(\.prefix) + ["partitioner.verify", "compression.type", "compression.custom"]
        let rows = names.flatMap { name -> [String] in
            let topic = schemas.topic[name]
            guard let definition = topic ?? schemas.broker[name] else { return [] }
            let broker = topic?.synonyms.first?.name ?? (schemas.broker[name] == nil ? nil : name)
            let scopes = [
                topic.map { $0.isReadOnly ? "topic, when it is created" : "topic" },
                broker.map { key in
                    let when = schemas.broker[key]?.isReadOnly == true ? ", when it starts" : ""
                    return (key == name ? "broker" : "broker, as `\(key)`") + when
                },
            ]
            return [
                "| `\(name)` | \(rule(definition)) | \(standard(definition)) | "
                    + "\(scopes.compactMap { $0 }.joined(separator: "; ")) |"
            ]
        }
        return ["| config | value | default | set for |", "|---|---|---|---|"] + rows
    }

    private static func rule(_ definition: ConfigDefinition) -> String {
        switch definition.rule {
        case .oneOf(let words): "one of \(words.joined(separator: ", "))"
        case .listOf(let words): words.isEmpty ? "a list; there are none" : "a list of \(words.joined(separator: ", "))"
        default: value(definition)
        }
    }
}
