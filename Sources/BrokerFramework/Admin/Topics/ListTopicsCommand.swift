public import ArgumentParser
internal import BrokerClient

/// `topics list`.
public struct ListTopicsCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List topics.",
        discussion: """
            Topics of the broker itself, such as __consumer_offsets, are left out unless asked for.

            EXAMPLES
              broker topics list
              broker topics list --internal --output json | jq -r .name
            """,
        aliases: ["ls"])

    @Flag(help: "Also list the broker's own topics.")
    var `internal` = false
    @Option(help: "How to answer: text or json.")
    var output: OutputFormat = .text
    @OptionGroup var connection: ConnectionOptions

    public init() {}

    public func run() async throws {
        try await connection.withCluster { cluster in
            let topics = try await AdminClient(cluster: cluster).listTopics(includingInternal: self.internal)
            var out = Output()
            switch output {
            case .text:
                guard !topics.isEmpty else {
                    Output.note("There are no topics. Create one with 'broker topics create NAME'.")
                    return
                }
                var table = TextTable(["NAME", "PARTITIONS", "REPLICAS"])
                for topic in topics {
                    table.append([
                        topic.name, "\(topic.partitions.count)", "\(topic.partitions.first?.replicas.count ?? 0)",
                    ])
                }
                table.write(to: &out)
            case .json:
                for topic in topics {
                    out.line(
                        [
                            "name": .string(topic.name), "id": .string("\(topic.id)"),
                            "partitions": .integer(topic.partitions.count),
                            "replicas": .integer(topic.partitions.first?.replicas.count ?? 0),
                            "internal": .bool(topic.isInternal),
                        ])
                }
            }
            out.flush()
        }
    }
}
