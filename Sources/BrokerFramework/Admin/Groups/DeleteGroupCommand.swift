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
            let admin = AdminClient(cluster: cluster)
            let errors = GroupErrors(admin: admin, servers: connection.servers)
            let results = await admin.deleteGroups(names)
            var report = DeletionReport(output, connection)
            for (name, result) in zip(names, results) {
                switch result {
                case .success: report.add(["group": .string(name)], isDeleted: true, "Deleted group '\(name)'.")
                case .failure(let error) where ifExists && error.server == .groupIdNotFound:
                    report.add(["group": .string(name)], isDeleted: false, "Group '\(name)' is not there.")
                case .failure(let error):
                    report.add(["group": .string(name)], failed: await errors.failure(error, of: name))
                }
            }
            try report.finish()
        }
    }
}
