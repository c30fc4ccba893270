import UnixSignals
public import ArgumentParser
internal import BrokerMetadata
internal import BrokerRuntime
internal import BrokerWorld
internal import Logging
internal import ServiceLifecycle

/// `broker start`: runs a broker until it is told to end.
public struct StartCommand<Composition: BrokerComposition>: AsyncParsableCommand {
    public static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "start", abstract: "Start a broker.",
            discussion: """
                Without arguments the broker listens on port 9092 and keeps its data in log.dirs, which is formatted \
                if it is empty. When it is ready it prints one line of JSON to standard output: the node's id, the \
                cluster's id, the listeners with their real ports, where metrics and health are served, and the milliseconds since it was started. Logs go \
                to standard error. SIGINT or SIGTERM ends it in order.

                Configuration is joined from, the later over the earlier: Kafka's defaults, server.properties, the \
                environment (KAFKA_LOG_RETENTION_MS sets log.retention.ms), --override, and the flags.

                EXAMPLES
                  broker start
                  broker start server.properties
                  broker start --data /var/lib/broker --port 9092 --override num.partitions=8
                  broker start --ephemeral --port 0
                """)
    }

    @Argument(help: "A file in Kafka's server.properties format.", completion: .file(extensions: ["properties"]))
    var properties: String?

    @Option(help: "The directory of the data; Kafka's log.dirs.", completion: .directory)
    var data: String?

    @Option(help: "The port to listen on; 0 takes a free one.")
    var port: Int?

    @Option(
        help: ArgumentHelp(
            "Where to serve /metrics, /livez, /readyz and /startupz, or 'off'; http.listener. Not set, 127.0.0.1:9644, or a free port where that is taken.",
            valueName: "host:port"))
    var http: String?

    @Option(name: .customLong("override"), help: "Set a config, as key=value. May be repeated.")
    var overrides: [String] = []

    @Flag(help: "Keep everything in memory; nothing is left when the broker ends.")
    var ephemeral = false

    @Flag(help: "Refuse to start on a directory that was not formatted with 'broker format'.")
    var noFormat = false

    @Option(help: "The form of the logs.")
    var logFormat = LogFormat.text

    @Option(help: "What to log: trace, debug, info, notice, warning, error or critical.")
    var logLevel = "info"

    public init() {}

    public mutating func validate() throws {
        if let port, !(0...65535).contains(port) { throw ValidationError("--port must be from 0 to 65535.") }
        guard Logger.Level(rawValue: logLevel) != nil else {
            throw ValidationError("'\(logLevel)' is no log level; try info, or debug for more.")
        }
    }

    public func run() async throws {
        let logger = logFormat.logger(level: Logger.Level(rawValue: logLevel) ?? .info)
        do {
            let config = try ServerConfiguration(
                file: properties, data: ephemeral ? data ?? "(memory)" : data, port: port, http: http,
                overrides: overrides, isEphemeral: ephemeral
            ).config
            if !ephemeral, let directory = config.logDirectories.first { PluginCrashes.record(in: directory) }
            let service = BrokerService(
                config: config, plugins: try BrokerPlugins(config), isEphemeral: ephemeral, formats: !noFormat,
                logger: logger)
            let group = ServiceGroup(
                services: [service], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
            try await group.run()
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure("\(error)")
        }
    }
}

/// The broker in the life cycle of the process. It starts inside, so that a signal during the start ends it in order
/// too.
private struct BrokerService: Service, CustomStringConvertible {
    /// For the group's log: without it the whole configuration would be spelled out, whoever reads it or not.
    var description: String { "broker" }

    let config: BrokerConfig
    let plugins: BrokerPlugins
    let isEphemeral: Bool
    let formats: Bool
    let logger: Logger

    func run() async throws {
        let broker = try await Broker.start(
            config: config, plugins: plugins, isEphemeral: isEphemeral, formatsEmptyDirectories: formats,
            logger: logger)
        ReadyLine(broker).print()
        try? await gracefulShutdown()
        await broker.stop()
    }
}
