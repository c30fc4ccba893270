import BrokerMetadata
public import ArgumentParser
internal import BrokerRuntime

/// `broker format`: makes a directory ready to be a broker's.
public struct FormatCommand<Composition: BrokerComposition>: AsyncParsableCommand {
    public static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "format", abstract: "Make a data directory ready for a broker.",
            discussion: """
                Writes whose directory it is (meta.properties) and what the cluster's metadata begins with. \
                'broker start' does this by itself for an empty directory; formatting first is for choosing the \
                cluster's id.

                EXAMPLES
                  broker format --data /var/lib/broker
                  broker format server.properties --cluster-id xQ7y_pV-SBuHvcs-P0wOiQ
                """)
    }

    @Argument(help: "A file in Kafka's server.properties format.", completion: .file(extensions: ["properties"]))
    var properties: String?

    @Option(help: "The directory to format; Kafka's log.dirs.", completion: .directory)
    var data: String?

    @Option(help: "The cluster's id: 22 characters of URL-safe base64. A random one if not given.")
    var clusterID: String?

    @Flag(help: "Succeed without a change if the directory is formatted already.")
    var ignoreFormatted = false

    @Option(help: "The form of the answer.")
    var output = OutputFormat.text

    public init() {}

    public func run() async throws {
        let config = try ServerConfiguration(file: properties, data: data, port: nil, overrides: []).config
        let path = config.logDirectories[0]
        do {
            let outcome = try BrokerFormatter.format(
                config: config, plugins: try BrokerPlugins(config), clusterID: clusterID,
                ignoresFormatted: ignoreFormatted)
            var answer = Output()
            switch output {
            case .text:
                let verb = outcome.isNew ? "Formatted \(path)" : "\(path) is formatted already,"
                answer.line("\(verb) for node \(outcome.nodeID) of cluster \(outcome.clusterID).")
            case .json:
                let value: JSONValue = [
                    "directory": .string(path), "clusterId": .string(outcome.clusterID),
                    "nodeId": .integer(outcome.nodeID), "formatted": .bool(outcome.isNew),
                ]
                answer.line(value.description)
            }
        } catch { throw CommandFailure("\(error)") }
    }
}
