public import ArgumentParser
internal import BrokerClient
internal import BrokerPrimitives

/// `groups delete`.
public struct DeleteGroupCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete groups and what they have committed.",
        discussion: """
            A group must have no members. If one comes back later, it begins as if it were new.

            EXAMPLES
              broker groups delete billing
              broker groups delete billing reports --if-exists
            """)

    @Argument(help: "The groups' names.", completion: .custom(Candidates.groups))
    var names: [String]
    @Flag(help: "Accept groups that are not there.")
    var ifExists = false
    @Option(help: "How to answer: text or json.")
    var output: OutputFormat = .text
    @OptionGroup var connection: ConnectionOptions

    public init() {}

    public func run() async throws {
        try await connection.withCluster { cluster in
            let results = await AdminClient(cluster: cluster).deleteGroups(names)
            var out = Output()
            var failures = Failures(connection)
            for (name, result) in zip(names, results) {
                var isDeleted = true
                if case .failure(let error) = result {
                    guard ifExists, error.server == .groupIdNotFound else {
                        let failure = failures.add(error)
                        if output == .json {
                            out.line(["group": .string(name), "deleted": .bool(false), "error": failure.json])
                        }
                        continue
                    }
                    isDeleted = false
                }
                switch output {
                case .text: out.line(isDeleted ? "Deleted group '\(name)'." : "Group '\(name)' is not there.")
                case .json: out.line(["group": .string(name), "deleted": .bool(isDeleted)])
                }
            }
            out.flush()
            try failures.finish()
        }
    }
}
