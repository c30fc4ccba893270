public import ArgumentParser
internal import BrokerClient
internal import BrokerPrimitives

/// `topics delete`.
public struct DeleteTopicCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete topics and all their records.",
        discussion: """
            This cannot be undone. To delete only old records, lower retention.ms with 'broker topics alter'.

            EXAMPLES
              broker topics delete orders
              broker topics delete orders payments --if-exists
            """)

    @Argument(help: "The topics' names.", completion: .custom(Candidates.topics))
    var names: [String]
    @Flag(help: "Accept topics that are not there.")
    var ifExists = false
    @Option(help: "How to answer: text or json.")
    var output: OutputFormat = .text
    @OptionGroup var connection: ConnectionOptions

    public init() {}

    public func run() async throws {
        try await connection.withCluster(topics: names) { cluster in
            let results = try await AdminClient(cluster: cluster).deleteTopics(names)
            var out = Output()
            var failures = Failures(connection)
            for (name, result) in zip(names, results) {
                var isDeleted = true
                if case .failure(let error) = result {
                    guard ifExists, error.server == .unknownTopicOrPartition else {
                        let failure = failures.add(error)
                        if output == .json {
                            out.line(["name": .string(name), "deleted": .bool(false), "error": failure.json])
                        }
                        continue
                    }
                    isDeleted = false
                }
                switch output {
                case .text: out.line(isDeleted ? "Deleted '\(name)'." : "'\(name)' is not there.")
                case .json: out.line(["name": .string(name), "deleted": .bool(isDeleted)])
                }
            }
            out.flush()
            try failures.finish()
        }
    }
}
