public import ArgumentParser
internal import BrokerClient
internal import BrokerModel
internal import BrokerPrimitives

/// `groups delete-offsets`.
public struct DeleteOffsetsCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "delete-offsets", abstract: "Forget what a group has committed for topics.",
        discussion: """
            For topics the group does not read any more, whose lag would grow for ever. Members \
            must not subscribe to them.

            EXAMPLES
              broker groups delete-offsets billing --topic old-orders
              broker groups delete-offsets billing --topic orders:0,3
            """)

    @Argument(help: "The group's name.", completion: .custom(Candidates.groups))
    var group: String
    @Option(
        name: [.short, .long],
        help: ArgumentHelp("A topic, or some of its partitions; may be repeated.", valueName: "topic[:partition,…]"),
        completion: .custom(Candidates.topics))
    var topic: [TopicSelection]
    @Option(help: "How to answer: text or json.")
    var output: OutputFormat = .text
    @OptionGroup var connection: ConnectionOptions

    public init() {}

    public func run() async throws {
        try await connection.withCluster { cluster in
            let admin = AdminClient(cluster: cluster)
            let committed = try await admin.listGroupOffsets(group).keys
            // The topic may be gone, which is a reason to forget it.
            let partitions = committed.filter { partition in
                topic.contains {
                    $0.topic == partition.topic
                        && ($0.partitions.isEmpty || $0.partitions.contains(partition.partition))
                }
            }.sorted()
            let errors = GroupErrors(admin: admin, servers: connection.servers)
            guard !partitions.isEmpty else {
                if committed.isEmpty, case .failure(let error)? = await admin.describeGroups([group]).first {
                    throw await errors.failure(error, of: group)
                }
                throw CommandFailure(
                    "Group '\(group)' has committed nothing there.", kind: .notFound,
                    advice: "See what it has with 'broker groups describe'.")
            }
            let results = try await admin.deleteGroupOffsets(group, of: partitions)
            var report = DeletionReport(output, connection)
            // Members subscribe to a topic, not to its partitions.
            var refusedTopics: Set<String> = []
            for partition in partitions {
                let names: JSONValue = [
                    "topic": .string(partition.topic), "partition": .integer(partition.partition),
                ]
                if case .failure(let error)? = results[partition] {
                    let isNews =
                        error.server != .groupSubscribedToTopic || refusedTopics.insert(partition.topic).inserted
                    report.add(
                        names, failed: await errors.failure(error, of: group, topic: partition.topic), isTold: isNews)
                } else {
                    report.add(names, isDeleted: true, "Forgot the offset of \(partition).")
                }
            }
            try report.finish()
        }
    }
}
