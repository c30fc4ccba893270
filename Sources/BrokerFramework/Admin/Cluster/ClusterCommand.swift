public import ArgumentParser

/// `cluster`: the cluster as a whole.
public struct ClusterCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "cluster", abstract: "Look at the cluster as a whole.",
        discussion: """
            EXAMPLES
              broker cluster describe
              broker cluster describe --verbose
            """,
        subcommands: [DescribeClusterCommand.self])

    public init() {}
}
