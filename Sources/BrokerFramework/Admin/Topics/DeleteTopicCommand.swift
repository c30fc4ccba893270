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
            var report = DeletionReport(output, connection)
            for (name, result) in zip(names, results) {
                switch result {
                case .success: report.add(["name": .string(name)], isDeleted: true, "Deleted '\(name)'.")
                case .failure(let error) where ifExists && error.server == .unknownTopicOrPartition:
                    report.add(["name": .string(name)], isDeleted: false, "'\(name)' is not there.")
                case .failure(let error): report.add(["name": .string(name)], failed: error)
                }
            }
            try report.finish()
        }
    }
}
