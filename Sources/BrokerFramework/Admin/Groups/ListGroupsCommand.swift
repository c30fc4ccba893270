public import ArgumentParser
internal import BrokerClient

/// `groups list`.
public struct ListGroupsCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List groups.",
        discussion: """
            EXAMPLES
              broker groups list
              broker groups list --state Empty
              broker groups list --output json | jq -r .group
            """,
        aliases: ["ls"])

    @Option(help: "Only groups in this state, such as Stable or Empty; may be repeated.")
    var state: [String] = []
    @Option(help: "Only groups of this type: classic, consumer, share or streams; may be repeated.")
    var type: [String] = []
    @Option(help: "How to answer: text or json.")
    var output: OutputFormat = .text
    @OptionGroup var connection: ConnectionOptions

    public init() {}

    public func run() async throws {
        try await connection.withCluster { cluster in
            let groups = try await AdminClient(cluster: cluster).listGroups(states: Set(state), types: Set(type))
            var out = Output()
            switch output {
            case .text:
                guard !groups.isEmpty else {
                    Output.note("There are no such groups. A group begins with its first member or commit.")
                    return
                }
                var table = TextTable(["GROUP", "TYPE", "STATE", "PROTOCOL"])
                for group in groups {
                    table.append([
                        group.id, group.type, group.state, group.protocolType.isEmpty ? "-" : group.protocolType,
                    ])
                }
                table.write(to: &out)
            case .json:
                for group in groups {
                    out.line(
                        [
                            "group": .string(group.id), "type": .string(group.type), "state": .string(group.state),
                            "protocol": .string(group.protocolType),
                        ])
                }
            }
            out.flush()
        }
    }
}
