public import ArgumentParser

/// `configs`: the configuration of topics, brokers and groups.
public struct ConfigsCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "configs", abstract: "Show and change configurations of topics, brokers and groups.",
        discussion: """
            A value that is set on a topic comes before the brokers' default for it, and one \
            that is set on a broker before the default of all brokers, the file it was started \
            with, and Kafka's own default.

            EXAMPLES
              broker configs describe --topic orders
              broker configs set --topic orders retention.ms=7d
              broker configs unset --topic orders retention.ms
              broker configs describe --broker 1 --verbose log.retention.ms
              broker configs set --all-brokers log.retention.ms=12h
            """,
        subcommands: [DescribeConfigsCommand.self, SetConfigsCommand.self, UnsetConfigsCommand.self],
        aliases: ["config"])

    public init() {}
}
