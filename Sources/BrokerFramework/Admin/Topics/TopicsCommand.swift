public import ArgumentParser

/// `topics`: everything about topics.
public struct TopicsCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "topics", abstract: "Create, list, describe, alter and delete topics.",
        discussion: """
            A topic is a named log, split into partitions. Records keep their order within a partition.

            EXAMPLES
              broker topics create orders --partitions 6
              broker topics list
              broker topics describe orders --configs
              broker topics alter orders --config retention.ms=1d
              broker topics delete orders
            """,
        subcommands: [
            CreateTopicCommand.self, ListTopicsCommand.self, DescribeTopicCommand.self, AlterTopicCommand.self,
            DeleteTopicCommand.self,
        ])

    public init() {}
}
