public import ArgumentParser
internal import BrokerClient
internal import BrokerPluginAPI

/// `configs describe`.
public struct DescribeConfigsCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "describe", abstract: "Show configuration values, where they come from, and what they mean.",
        discussion: """
            With --verbose each key is shown with its documentation and with every place that \
            has a value for it, the one that holds first.

            EXAMPLES
              broker configs describe --topic orders
              broker configs describe --topic orders --overrides       # only what is set on the topic
              broker configs describe --topic orders retention.ms --verbose
              broker configs describe --broker 1 --output json | jq -r 'select(.readOnly | not).key'
            """,
        aliases: ["get"])

    @Argument(
        help: "The keys to show; all if left out.", completion: .custom(Candidates.keys))
    var keys: [String] = []
    @OptionGroup(title: "Whose") var target: ConfigTarget
    @Flag(help: "Only what is set on the resource itself.")
    var overrides = false
    @Flag(name: [.short, .long], help: "Also show documentation, type and every place that has a value.")
    var verbose = false
    @Option(help: "How to answer: text or json.")
    var output: OutputFormat = .text
    @OptionGroup var connection: ConnectionOptions

    public init() {}

    public func run() async throws {
        try await connection.withCluster(topics: target.topics) { cluster in
            try await target.check(cluster)
            let schema = target.schema
            let keys = keys.map { schema?.currentName(of: $0) ?? $0 }
            let known = try await AdminClient(cluster: cluster).describeConfigs(target.resource, isDetailed: true)
            try check(keys, known, schema)
            let entries = known.filter {
                (keys.isEmpty || keys.contains($0.name)) && (!overrides || $0.isOverridden)
            }
            var out = Output()
            switch output {
            case .json: for entry in entries { out.line(json(entry)) }
            case .text where entries.isEmpty: Output.note("Nothing is set on \(target.resource).")
            case .text where verbose: writeLong(entries, to: &out)
            case .text: writeTable(entries, to: &out)
            }
            out.flush()
        }
    }

    /// A key that is asked for must exist. All brokers together have only the ones that are set.
    private func check(_ keys: [String], _ known: [ConfigEntry], _ schema: ConfigSchema?) throws {
        let names = known.map(\.name) + (target.allBrokers ? schema?.definitions.map(\.name) ?? [] : [])
        guard let wrong = keys.first(where: { !names.contains($0) }) else { return }
        throw CommandFailure(
            "There is no config '\(wrong)' here.", kind: .notFound,
            advice: ConfigAdvice.advice(for: [(wrong, nil)], ofTopic: target.topic != nil)
                ?? EditDistance.nearest(to: wrong, among: names).map { "Did you mean '\($0)'?" })
    }

    private func writeTable(_ entries: [ConfigEntry], to out: inout Output) {
        out.line(target.title)
        var table = TextTable(["KEY", "VALUE", "FROM", "DEFAULT"])
        for entry in entries {
            table.append([entry.name, text(entry), entry.source, standard(entry).map { text($0, entry.name) }])
        }
        table.write(to: &out, indent: 2)
    }

    private func writeLong(_ entries: [ConfigEntry], to out: inout Output) {
        for (index, entry) in entries.enumerated() {
            if index > 0 { out.line("") }
            out.line(Style.heading(entry.name) + " = " + text(entry))
            if let documentation = entry.documentation { out.line("  " + documentation) }
            let type = entry.type.map { "a \($0.name), " } ?? ""
            let fixed = entry.isReadOnly ? "; fixed while the broker runs" : ""
            out.line("  " + type + "from: " + entry.source + fixed)
            if let standard = standard(entry) { out.line("  default: " + text(standard, entry.name)) }
            for level in entry.levels where level.name != entry.name || level.source != entry.source {
                out.line(
                    "  else: \(level.name) = \(level.value.map { text($0, level.name) } ?? "(none)"), \(level.source)")
            }
        }
    }

    private func text(_ entry: ConfigEntry) -> String {
        if entry.isSensitive { return "(secret)" }
        return entry.value.map { text($0, entry.name) } ?? "(none)"
    }

    private func text(_ value: String, _ key: String) -> String {
        if value.isEmpty { return "(empty)" }
        return HumanUnits.meaning(value, of: key).map { "\(value) (\($0))" } ?? value
    }

    /// As the broker tells it; else as this command knows it.
    private func standard(_ entry: ConfigEntry) -> String? {
        entry.isSensitive ? nil : entry.standard ?? target.schema?[entry.name]?.standard
    }

    private func json(_ entry: ConfigEntry) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init(name: "resource", value: target.json), .init(name: "key", value: .string(entry.name)),
            .init(name: "value", value: .optional(entry.value)), .init(name: "from", value: .string(entry.source)),
            .init(name: "default", value: .optional(standard(entry))),
            .init(name: "overridden", value: .bool(entry.isOverridden)),
            .init(name: "readOnly", value: .bool(entry.isReadOnly)),
            .init(name: "sensitive", value: .bool(entry.isSensitive)),
        ]
        guard verbose else { return .object(members) }
        members += [
            .init(name: "type", value: .optional(entry.type.map { "\($0)" })),
            .init(name: "documentation", value: .optional(entry.documentation)),
            .init(
                name: "levels",
                value: .array(
                    entry.levels.map {
                        ["key": .string($0.name), "value": .optional($0.value), "from": .string($0.source)]
                    })),
        ]
        return .object(members)
    }
}
