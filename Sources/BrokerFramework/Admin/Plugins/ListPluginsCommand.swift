public import ArgumentParser
internal import BrokerPluginAPI

/// `plugins list`.
public struct ListPluginsCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the plug-ins.",
        discussion: """
            Of each kind the first is what is used where nothing is configured; of interceptors and topic policies, of \
            which there can be several, none is.

            EXAMPLES
              broker plugins list
              broker plugins list --output json | jq -r 'select(.kind == "partitioner").name'
            """,
        aliases: ["ls"])

    @Option(help: "How to answer: text or json.")
    var output: OutputFormat = .text

    public init() {}

    public func run() async throws {
        let all = AdminPlugins.current.registrations.enumerated().sorted {
            ($0.element.kind, $0.offset) < ($1.element.kind, $1.offset)
        }.map(\.element)
        var out = Output()
        switch output {
        case .text:
            var table = TextTable(["KIND", "NAME", "OPTIONS", "WHAT IT DOES"])
            for plugin in all {
                table.append([plugin.kind.rawValue, plugin.name, "\(plugin.definitions.count)", plugin.summary])
            }
            table.write(to: &out)
        case .json: for plugin in all { out.line(plugin.json) }
        }
        out.flush()
    }
}

extension PluginRegistration {
    var json: JSONValue {
        [
            "kind": .string(kind.rawValue), "name": .string(name), "summary": .string(summary),
            "type": .string(typeName),
            "options": .array(
                definitions.map { definition in
                    [
                        "key": .string(definition.name), "type": .string("\(definition.type)"),
                        "expected": .string(definition.expected), "default": .optional(definition.toldStandard),
                        "secret": .bool(definition.type == .password), "readOnly": .bool(definition.isReadOnly),
                        "formerNames": .array(definition.formerNames.map(JSONValue.string)),
                        "documentation": .string(definition.documentation),
                        "words": .array(definition.examples.map(JSONValue.string)),
                    ]
                }),
        ]
    }
}

extension ConfigDefinition {
    /// What a value must be, to follow "it must be".
    var expected: String { expectation ?? type.name }

    /// The default as people are told it; of a secret only whether there is one.
    var toldStandard: String? { type == .password ? standard.flatMap { $0.isEmpty ? "" : "(secret)" } : standard }
}
