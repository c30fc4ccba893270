public import ArgumentParser
internal import BrokerPluginAPI
internal import BrokerRuntime

/// `broker version`: what this executable is made of.
public struct VersionCommand<Composition: BrokerComposition>: AsyncParsableCommand {
    public static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "version", abstract: "Show the version and the plug-ins that are compiled in.",
            discussion: """
                EXAMPLES
                  broker version
                  broker version --output json | jq -r '.plugins.codec[]'
                """)
    }

    @Option(help: "How to answer: text or json.")
    var output: OutputFormat = .text

    public init() {}

    public func run() async throws {
        let kinds = PluginKind.allCases.map { ($0, AdminPlugins.current.all($0).map(\.name)) }
        var out = Output()
        switch output {
        case .text:
            out.line("broker \(Version.current), speaks \(Version.protocol)")
            out.line("Swift \(Version.swift)")
            for (kind, names) in kinds { out.line("\(kind.rawValue): " + names.joined(separator: ", ")) }
        case .json:
            let plugins = kinds.map { JSONValue.Member(name: $0.rawValue, value: .array($1.map(JSONValue.string))) }
            out.line([
                "version": .string(Version.current), "protocol": .string(Version.protocol),
                "swift": .string(Version.swift), "plugins": .object(plugins),
            ])
        }
        out.flush()
    }
}

/// What this build calls itself.
enum Version {
    static let current = BrokerRelease.version
    /// The protocol's version, as that of the Kafka that speaks it.
    static let `protocol` = "Kafka \(BrokerRelease.kafkaVersion)"

    /// The compiler's version; it does not tell more than can be compared with.
    #if compiler(>=6.4)
        static let swift = "6.4 or later"
    #elseif compiler(>=6.3)
        static let swift = "6.3"
    #else
        static let swift = "6.2"
    #endif
}
