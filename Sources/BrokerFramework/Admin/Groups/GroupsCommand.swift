public import ArgumentParser

/// `groups`: everything about consumer groups.
public struct GroupsCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "groups", abstract: "List, describe, rewind and delete consumer groups.",
        discussion: """
            A consumer group shares the partitions of topics among its members and remembers \
            how far each has been read. LAG is how many records are still to be read.

            EXAMPLES
              broker groups list
              broker groups describe billing
              broker groups reset-offsets billing --topic orders --to-earliest
              broker groups delete billing
            """,
        subcommands: [
            ListGroupsCommand.self, DescribeGroupCommand.self, ResetOffsetsCommand.self, DeleteOffsetsCommand.self,
            DeleteGroupCommand.self,
        ])

    public init() {}
}
