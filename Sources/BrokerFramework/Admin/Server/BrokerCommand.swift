public import ArgumentParser
internal import BrokerPluginAPI

/// The whole command line of a broker that is assembled as `Composition` says.
public struct BrokerCommand<Composition: BrokerComposition>: AsyncParsableCommand {
    public static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "broker", abstract: "A Kafka-compatible message broker in one file.",
            discussion: """
                Start one and use it with any Kafka client:

                  broker start --data ./data
                  kcat -b localhost:9092 -L

                or with the commands below. Each explains itself: 'broker help topics create'. All but start take \
                --output json, and then answer with one JSON value per line on standard output; what goes wrong is \
                one JSON object on standard error: {"error":{"code":…,"message":…,"advice":…,"kafkaError":…,"exitCode":…}}.

                EXIT CODES
                  0   done
                  1   failed               the cluster refused, or something else went wrong
                  2   not_found            a topic, partition, group, broker or config is not there
                  3   already_exists
                  64  usage                the arguments make no sense
                  65  bad_input            the input could not be understood
                  69  unreachable          no broker could be reached
                  74  input_output         standard output could not be written
                  75  timed_out            no answer came in time
                  77  not_permitted        the cluster does not allow it
                  130, 143                 ended by Control-C, by SIGTERM

                ENVIRONMENT
                  BROKER_BOOTSTRAP         the brokers to ask, where -b is not given
                  NO_COLOR                 no colours, even on a terminal
                """, version: Version.current,
            subcommands: [
                StartCommand<Composition>.self, DevCommand<Composition>.self, FormatCommand<Composition>.self,
                DumpLogCommand<Composition>.self,
            ] + AdminCommands.all + [VersionCommand<Composition>.self, CompletionCommand<Composition>.self])
    }

    public init() {}

    /// Runs the command the process was called with, and ends the process.
    public static func main() async {
        do throws(PluginSetError) {
            let plugins = try PluginSet(edits: Composition.plugins.flatMap(\.edits))
            await AdminPlugins.$current.withValue(plugins) { () async -> Void in
                await CommandRunner.main(Self.self)
            }
        } catch { CommandRunner.refuse(error.message) }
    }
}
