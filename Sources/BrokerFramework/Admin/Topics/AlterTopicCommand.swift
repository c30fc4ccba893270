public import ArgumentParser
internal import BrokerClient

/// `topics alter`.
public struct AlterTopicCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "alter", abstract: "Change a topic's configuration, or give it more partitions.",
        discussion: """
            More partitions move the keys of new records to other partitions; records that \
            are there stay where they are.

            EXAMPLES
              broker topics alter orders --config retention.ms=1d
              broker topics alter orders --reset retention.ms
              broker topics alter orders --partitions 12
            """)

    @Argument(help: "The topic's name.", completion: .custom(Candidates.topics))
    var name: String
    @Option(name: [.short, .long], help: "The new number of partitions, larger than the present one.")
    var partitions: Int32?
    @Option(
        name: [.short, .long], help: ArgumentHelp("A configuration to set; may be repeated.", valueName: "key=value"))
    var config: [ConfigSetting] = []
    @Option(
        help: ArgumentHelp("A configuration to go back to its default; may be repeated.", valueName: "key"),
        completion: .custom(Candidates.keys))
    var reset: [String] = []
    @Flag(help: "Only find out whether it could be done.")
    var dryRun = false
    @Option(help: "How to answer: text or json.")
    var output: OutputFormat = .text
    @OptionGroup var connection: ConnectionOptions

    public init() {}

    public func validate() throws {
        guard partitions != nil || !config.isEmpty || !reset.isEmpty else {
            throw ValidationError("Say what to change: --partitions, --config or --reset.")
        }
        if let both = reset.first(where: { key in config.contains { $0.key == key } }) {
            throw ValidationError("'\(both)' is both set and reset.")
        }
    }

    public func run() async throws {
        try await connection.withCluster(topics: [name]) { cluster in
            let admin = AdminClient(cluster: cluster)
            var changes: [String: ConfigChange] = [:]
            for setting in config { changes[setting.key] = .set(setting.value) }
            for key in reset { changes[key] = .delete }
            if !changes.isEmpty { try await admin.alterConfigs(.topic(name), changes, validateOnly: dryRun) }
            if let partitions {
                try await admin.createPartitions(topic: name, total: partitions, validateOnly: dryRun)
            }
            var out = Output()
            switch output {
            case .text: out.line(dryRun ? "'\(name)' could be altered like this." : "Altered '\(name)'.")
            case .json: out.line(["name": .string(name), "altered": .bool(!dryRun)])
            }
            out.flush()
        }
    }
}
