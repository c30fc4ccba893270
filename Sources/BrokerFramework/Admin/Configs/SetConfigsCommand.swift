public import ArgumentParser
internal import BrokerClient
internal import BrokerMetadata
internal import BrokerPluginAPI

/// `configs set`.
public struct SetConfigsCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Set configuration values.",
        discussion: """
            All values are set, or none. Times and sizes may have units: 90m, 7d, 512MiB. \
            A += adds to a list and a -= takes from it.

            EXAMPLES
              broker configs set --topic orders retention.ms=7d max.message.bytes=2MiB
              broker configs set --topic orders cleanup.policy+=compact
              broker configs set --all-brokers log.retention.ms=12h
              broker configs set --topic orders retention.ms=7d --dry-run
            """)

    @Argument(
        help: ArgumentHelp("The values.", valueName: "key=value"), completion: .custom(Candidates.settings))
    var settings: [ConfigSetting]
    @OptionGroup(title: "Whose") var target: ConfigTarget
    @Flag(help: "Only find out whether it could be done.")
    var dryRun = false
    @Option(help: "How to answer: text or json.")
    var output: OutputFormat = .text
    @OptionGroup var connection: ConnectionOptions

    public init() {}

    public func validate() throws {
        let keys = settings.map { $0.change.key }
        if let twice = keys.first(where: { key in keys.count { $0 == key } > 1 }) {
            throw ValidationError("'\(twice)' is set more than once.")
        }
    }

    public func run() async throws {
        let changes = Dictionary(settings.map(\.change), uniquingKeysWith: { $1 })
        try await connection.withCluster(topics: target.topics) { cluster in
            try await target.check(cluster)
            try await ConfigAdvice.explaining(
                settings.map { ($0.change.key, $0.value) }, ofTopic: target.topic != nil, servers: connection.servers
            ) { () async throws(ClientError) in
                try await AdminClient(cluster: cluster).alterConfigs(target.resource, changes, validateOnly: dryRun)
            }
            report(changes.keys.sorted(), of: target, verb: "set", isDone: !dryRun, as: output)
        }
    }
}

extension SetConfigsCommand {
    /// What to write instead of a key and a value that stand apart.
    static func advice(_ arguments: [String]) -> String? {
        guard arguments.count > 2, ["configs", "config"].contains(arguments[0]), arguments[1] == "set" else {
            return nil
        }
        let schemas = AdminPlugins.schemas
        for (key, value) in zip(arguments.dropFirst(2), arguments.dropFirst(3))
        where !value.hasPrefix("-") && !value.contains("=") {
            if schemas.topic[key] != nil || schemas.broker[key] != nil { return "Write '\(key)=\(value)'." }
        }
        return nil
    }
}

/// `configs unset`.
public struct UnsetConfigsCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "unset", abstract: "Let configuration values go back to their defaults.",
        discussion: """
            EXAMPLES
              broker configs unset --topic orders retention.ms
              broker configs unset --all-brokers log.retention.ms
            """,
        aliases: ["delete"])

    @Argument(help: "The keys.", completion: .custom(Candidates.keys))
    var keys: [String]
    @OptionGroup(title: "Whose") var target: ConfigTarget
    @Flag(help: "Only find out whether it could be done.")
    var dryRun = false
    @Option(help: "How to answer: text or json.")
    var output: OutputFormat = .text
    @OptionGroup var connection: ConnectionOptions

    public init() {}

    public func run() async throws {
        let changes = Dictionary(keys.map { ($0, ConfigChange.delete) }, uniquingKeysWith: { $1 })
        try await connection.withCluster(topics: target.topics) { cluster in
            try await target.check(cluster)
            try await ConfigAdvice.explaining(
                keys.map { ($0, nil) }, ofTopic: target.topic != nil, servers: connection.servers
            ) { () async throws(ClientError) in
                try await AdminClient(cluster: cluster).alterConfigs(target.resource, changes, validateOnly: dryRun)
            }
            report(changes.keys.sorted(), of: target, verb: "unset", isDone: !dryRun, as: output)
        }
    }
}

private func report(
    _ keys: [String], of target: ConfigTarget, verb: String, isDone: Bool, as format: OutputFormat
) {
    var out = Output()
    switch format {
    case .text:
        let names = keys.joined(separator: ", ")
        out.line("\(target.title): \(names) \(isDone ? verb : "could be \(verb)").")
    case .json:
        out.line(["resource": target.json, verb: .array(keys.map(JSONValue.string)), "changed": .bool(isDone)])
    }
    out.flush()
}

extension ConfigSetting {
    /// `key+=item` and `key-=item` change a list.
    fileprivate var change: (key: String, change: ConfigChange) {
        if key.hasSuffix("+") { return (String(key.dropLast()), .append(value)) }
        if key.hasSuffix("-") { return (String(key.dropLast()), .subtract(value)) }
        return (key, .set(value))
    }
}
