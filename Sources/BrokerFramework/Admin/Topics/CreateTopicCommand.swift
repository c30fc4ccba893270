public import ArgumentParser
internal import BrokerClient
internal import BrokerPrimitives

/// `topics create`.
public struct CreateTopicCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Create topics.",
        discussion: """
            Without --partitions and --replication-factor the broker's defaults hold \
            (num.partitions and default.replication.factor). Configuration keys are Kafka's; times \
            and sizes may have units: 90m, 7d, 512MiB.

            EXAMPLES
              broker topics create orders --partitions 6
              broker topics create users -c cleanup.policy=compact -c segment.ms=1h
              broker topics create orders payments --if-not-exists
              broker topics create orders --dry-run
            """)

    @Argument(help: "The topics' names: letters, digits, '.', '_' and '-'.")
    var names: [String]
    @Option(name: [.short, .long], help: "The number of partitions; it can be raised later, never lowered.")
    var partitions: Int32?
    @Option(name: [.short, .long], help: "How many brokers hold each partition.")
    var replicationFactor: Int16?
    @Option(name: [.short, .long], help: ArgumentHelp("A configuration; may be repeated.", valueName: "key=value"))
    var config: [ConfigSetting] = []
    @Flag(help: "Accept topics that are there already, whatever they are like.")
    var ifNotExists = false
    @Flag(help: "Only find out whether it could be done.")
    var dryRun = false
    @Option(help: "How to answer: text or json.")
    var output: OutputFormat = .text
    @OptionGroup var connection: ConnectionOptions

    public init() {}

    public func validate() throws {
        if let partitions, partitions < 1 { throw ValidationError("--partitions must be at least 1.") }
        if let replicationFactor, replicationFactor < 1 {
            throw ValidationError("--replication-factor must be at least 1.")
        }
    }

    public func run() async throws {
        try await connection.withCluster { cluster in
            let configs = Dictionary(config.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
            let topics = names.map {
                NewTopic($0, partitionCount: partitions, replicationFactor: replicationFactor, configs: configs)
            }
            let results = try await AdminClient(cluster: cluster).createTopics(topics, validateOnly: dryRun)
            var out = Output()
            var failures = Failures(connection)
            for (name, result) in zip(names, results) {
                switch result {
                case .success(let topic): report(topic, to: &out)
                case .failure(let error) where ifNotExists && error.server == .topicAlreadyExists:
                    report(name, to: &out)
                case .failure(let error):
                    let failure: CommandFailure
                    if error.server == .invalidConfig {
                        failure = ConfigAdvice.failure(
                            error, config.map { ($0.key, $0.value) }, ofTopic: true, servers: connection.servers)
                        failures.add(failure)
                    } else {
                        failure = failures.add(error)
                    }
                    if output == .json {
                        out.line(["name": .string(name), "created": .bool(false), "error": failure.json])
                    }
                }
            }
            out.flush()
            try failures.finish()
        }
    }

    private func report(_ topic: CreatedTopic, to out: inout Output) {
        switch output {
        case .text:
            let shape =
                topic.partitionCount > 0
                ? " with \(topic.partitionCount) partition\(topic.partitionCount == 1 ? "" : "s"), replication factor \(topic.replicationFactor)"
                : ""
            out.line(dryRun ? "'\(topic.name)' could be created\(shape)." : "Created '\(topic.name)'\(shape).")
        case .json:
            out.line(
                [
                    "name": .string(topic.name), "id": topic.id == .zero ? .null : .string("\(topic.id)"),
                    "partitions": .integer(topic.partitionCount),
                    "replicationFactor": .integer(topic.replicationFactor), "created": .bool(!dryRun),
                ])
        }
    }

    private func report(_ existing: String, to out: inout Output) {
        switch output {
        case .text: out.line("'\(existing)' is there already.")
        case .json: out.line(["name": .string(existing), "created": .bool(false)])
        }
    }
}
