public import ArgumentParser

/// `explain`: why the broker and its plug-ins do what they do.
public struct ExplainCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Show why plug-ins decide as they do.",
        discussion: """
            EXAMPLES
              broker explain route --topic orders --key acme
              broker explain route --topic orders --from-file keys.txt
            """,
        subcommands: [ExplainRouteCommand.self])

    public init() {}
}
