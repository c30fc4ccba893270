public import ArgumentParser
internal import BrokerModel
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
                  broker version --output json | jq -r '.plugins.codecs[].name'
                """)
    }

    @Option(help: "How to answer: text or json.")
    var output: OutputFormat = .text

    public init() {}

    public func run() async throws {
        let plugins = Composition.plugins
        let partitioners = AdminPlugins.current.partitioners.map(\.name)
        var out = Output()
        switch output {
        case .text:
            out.line("broker \(Version.current), speaks \(Version.protocol)")
            out.line("Swift \(Version.swift)")
            out.line("codecs: " + plugins.codecs.map(Self.text).joined(separator: ", "))
            out.line("authorizer: \(type(of: plugins.authorizer))")
            out.line("storage: \(type(of: plugins.ephemeralStorage())) with --ephemeral")
            out.line("partitioners: " + partitioners.joined(separator: ", "))
        case .json:
            out.line([
                "version": .string(Version.current), "protocol": .string(Version.protocol),
                "swift": .string(Version.swift),
                "plugins": [
                    "codecs": .array(plugins.codecs.map(Self.json)),
                    "authorizer": .string("\(type(of: plugins.authorizer))"),
                    "ephemeralStorage": .string("\(type(of: plugins.ephemeralStorage()))"),
                    "partitioners": .array(partitioners.map(JSONValue.string)),
                ],
            ])
        }
        out.flush()
    }

    private static func text(_ codec: any CompressionCodec) -> String {
        let levels = codec.levels.map { " (levels \($0.range.lowerBound) to \($0.range.upperBound))" } ?? ""
        return codec.type.name + levels
    }

    private static func json(_ codec: any CompressionCodec) -> JSONValue {
        [
            "name": .string(codec.type.name),
            "minLevel": codec.levels.map { .integer($0.range.lowerBound) } ?? .null,
            "maxLevel": codec.levels.map { .integer($0.range.upperBound) } ?? .null,
            "defaultLevel": codec.levels.map { .integer($0.standard) } ?? .null,
        ]
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
