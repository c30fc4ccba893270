public import ArgumentParser

/// The whole command line of a broker that is assembled as `Composition` says.
public struct BrokerCommand<Composition: BrokerComposition>: AsyncParsableCommand {
    public static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "broker", abstract: "A Kafka-compatible message broker in one file.",
            discussion: """
                Start one and use it with any Kafka client:

                  broker start --data ./data
                  kcat -b localhost:9092 -L
                """,
            subcommands: [
                StartCommand<Composition>.self, FormatCommand<Composition>.self, DumpLogCommand<Composition>.self,
            ] + AdminCommands.all)
    }

    public init() {}
}
