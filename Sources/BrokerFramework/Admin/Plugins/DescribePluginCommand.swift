public import ArgumentParser
internal import BrokerModel
internal import BrokerPluginAPI

/// `plugins describe`.
public struct DescribePluginCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "describe", abstract: "Show what a plug-in does, and its options.",
        discussion: """
            EXAMPLES
              broker plugins describe vip
              broker plugins describe memory --output json
            """)

    @Argument(
        help: "The plug-in's name.", completion: .custom { _, _, _ in AdminPlugins.current.registrations.map(\.name) })
    var name: String
    @Option(help: "How to answer: text or json.")
    var output: OutputFormat = .text

    public init() {}

    public func run() async throws {
        let found = AdminPlugins.current.registrations.filter { $0.name == name }
        guard !found.isEmpty else {
            throw CommandFailure(
                "There is no plug-in '\(name)'.", kind: .notFound,
                advice: EditDistance.nearest(to: name, among: AdminPlugins.current.registrations.map(\.name))
                    .map { "Did you mean '\($0)'?" } ?? "'broker plugins list' shows all.")
        }
        var out = Output()
        switch output {
        case .text: for (index, plugin) in found.enumerated() { describe(plugin, isFirst: index == 0, to: &out) }
        case .json: for plugin in found { out.line(plugin.json) }
        }
        out.flush()
    }

    private func describe(_ plugin: PluginRegistration, isFirst: Bool, to out: inout Output) {
        if !isFirst { out.line("") }
        out.line(Style.heading("\(plugin.name)") + ", a \(plugin.kind.words): \(plugin.summary)")
        out.line("  type: \(plugin.typeName)")
        out.line("  chosen with: \(choice(of: plugin))")
        if plugin.definitions.isEmpty { out.line("  It has no options of its own.") }
        for definition in plugin.definitions {
            out.line("")
            let standard = definition.toldStandard.map { $0.isEmpty ? "(empty)" : $0 } ?? "(none)"
            out.line("  " + Style.heading(definition.name) + ", default \(standard)")
            out.line("    \(definition.documentation)")
            out.line("    It is \(definition.expected)\(remarks(on: definition)).")
        }
    }

    private func choice(of plugin: PluginRegistration) -> String {
        let name = plugin.name
        switch plugin.kind {
        case .codec where CompressionType(name: name) == nil:
            return "compression.custom=\(name), and compression.type=\(name) to store batches with it"
        case .codec: return "compression.type=\(name), or by producers"
        case .storage:
            return "storage=\(name), on a topic when it is created, or in the broker's configuration for all of it"
        default:
            let place = plugin.kind.isPerTopic ? "" : ", in the broker's configuration"
            return "\(plugin.kind.prefix)=\(name)\(place)"
        }
    }

    private func remarks(on definition: ConfigDefinition) -> String {
        var remarks = ""
        if definition.type == .password { remarks += ", and secret: never shown again" }
        if definition.isReadOnly { remarks += "; the broker's value counts from its next start" }
        if !definition.formerNames.isEmpty {
            remarks += "; it was \(definition.formerNames.joined(separator: ", ")) before, which is still understood"
        }
        return remarks
    }
}
