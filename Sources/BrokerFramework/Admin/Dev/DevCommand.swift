public import ArgumentParser
internal import BrokerRuntime
internal import Logging
internal import ServiceLifecycle
internal import UnixSignals

/// `broker dev`: a broker for a while, for development and for tests in any language.
public struct DevCommand<Composition: BrokerComposition>: AsyncParsableCommand {
    public static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "dev", abstract: "Run a throw-away broker for development and tests.",
            discussion: """
                The broker keeps everything in memory, takes a free port of this machine, creates topics when they are \
                first used, and lets groups rebalance at once. It ends with Control-C, with SIGTERM, or with the \
                process that started it, so that a test run leaves nothing behind.

                When it is ready, its topics and records included, it prints one line of JSON to standard output; \
                bootstrapServers in it is what clients need. --ready-file puts the same line into a file, which \
                appears at once and whole.

                TOPICS
                --topics names a file with a JSON list. Only the name is needed; records are objects as 'broker \
                produce --input json' takes them, or the name of a file with one on each line, next to the list:

                  [
                    {"name": "orders", "partitions": 3, "configs": {"retention.ms": "60000"}},
                    {"name": "users", "records": [{"key": "1", "value": "Ada"}]},
                    {"name": "clicks", "records": "clicks.jsonl"}
                  ]

                EXAMPLES
                  broker dev
                  broker dev --port 9092 --topics topics.json
                  broker dev --ready-file /tmp/broker.json --output json
                  broker dev --override auto.create.topics.enable=false
                """)
    }

    @Option(help: "The port to listen on; 0 takes a free one.")
    var port = 0

    @Option(help: "The address to listen on; 0.0.0.0 for other machines and containers.")
    var host = "127.0.0.1"

    @Option(help: "A JSON file of topics to begin with.", completion: .file(extensions: ["json"]))
    var topics: String?

    @Option(help: "A file for the line that is printed when the broker is ready.", completion: .file())
    var readyFile: String?

    @Option(name: .customLong("override"), help: "Set a broker config, as key=value. May be repeated.")
    var overrides: [String] = []

    @Option(help: "How many brokers. So far there can be 1.")
    var nodes = 1

    @Flag(help: "Run on when the process that started the broker ends.")
    var outliveParent = false

    @Option(help: "json for logs and errors in JSON, too.")
    var output = OutputFormat.text

    @Option(help: "What to log: trace, debug, info, notice, warning, error or critical.")
    var logLevel = "warning"

    public init() {}

    public mutating func validate() throws {
        guard (0...65535).contains(port) else { throw ValidationError("--port must be from 0 to 65535.") }
        guard nodes == 1 else {
            throw ValidationError(
                "--nodes must be 1: brokers do not form clusters yet, so \(nodes) would be a pretence.")
        }
        guard Logger.Level(rawValue: logLevel) != nil else {
            throw ValidationError("'\(logLevel)' is no log level; try info, or debug for more.")
        }
    }

    public func run() async throws {
        let logger = (output == .json ? LogFormat.json : .text).logger(
            level: Logger.Level(rawValue: logLevel) ?? .warning)
        // A process that is gone before we look has been replaced by another already.
        let parent = outliveParent ? nil : ParentProcess()
        do {
            let topics = try topics.map { try DevTopics(file: $0) } ?? DevTopics()
            let config = try ServerConfiguration(
                file: nil, data: "(memory)", port: nil,
                overrides: DevBroker.defaults + overrides + ["listeners=PLAINTEXT://\(host):\(port)"],
                isEphemeral: true
            ).config
            let broker = DevBroker(
                config: config, plugins: try BrokerPlugins(config), topics: topics, readyFile: readyFile,
                parent: parent,
                logger: logger)
            var configuration = ServiceGroupConfiguration(
                services: [.init(service: broker, successTerminationBehavior: .gracefullyShutdownGroup)],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
            configuration.maximumGracefulShutdownDuration = .seconds(10)
            try await ServiceGroup(configuration: configuration).run()
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure("\(error)")
        }
    }
}
