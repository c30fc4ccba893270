public import ArgumentParser
internal import BrokerClient
internal import BrokerPluginAPI
internal import BrokerPrimitives

/// What every command that talks to a cluster takes.
public struct ConnectionOptions: ParsableArguments {
    @Option(
        name: [.customShort("b"), .customLong("bootstrap-server")],
        help: ArgumentHelp(
            "A broker to begin with, or several separated by commas. Also BROKER_BOOTSTRAP in the environment; localhost:9092 if neither is given.",
            valueName: "host:port"))
    public var bootstrapServer: String?

    @Option(help: ArgumentHelp("How long to go on trying.", valueName: "seconds"))
    public var timeout: Double = 30

    @Flag(help: "Wait for a broker that is not there yet, as long as --timeout says.")
    public var wait = false

    public init() {}

    public func validate() throws {
        guard timeout > 0, timeout < 1e9 else { throw ValidationError("--timeout must be more than 0 seconds.") }
        do { _ = try BrokerAddress.list(servers) } catch { throw ValidationError("\(error)") }
    }

    /// The option, else the environment, else this machine.
    var servers: String {
        if let bootstrapServer { return bootstrapServer }
        if let text = Terminal.variable("BROKER_BOOTSTRAP"), !text.isEmpty { return text }
        return "localhost:9092"
    }

    /// Nothing that is only asked for is created.
    var configuration: ClientConfiguration {
        get throws(ClientError) {
            var configuration = try ClientConfiguration(bootstrapServers: servers)
            let milliseconds = Int64(timeout * 1000)
            configuration.clientID = "broker-cli"
            configuration.allowsAutoTopicCreation = false
            configuration.operationTimeoutMilliseconds = milliseconds
            configuration.requestTimeoutMilliseconds = min(milliseconds, 30_000)
            configuration.connectTimeoutMilliseconds = min(milliseconds, 10_000)
            return configuration
        }
    }

    /// Does `work` with a cluster and closes it.
    ///
    /// Unless it is to wait, a broker that nobody listens for is an error at once, not after the timeout.
    ///
    /// - Parameters:
    ///   - topics: the topics the command is about; for one that does not exist, those with like names are told.
    ///   - mayCreate: whether a topic that is asked for and is not there may be created, if the broker does that.
    ///   - isStream: whether the command may rightly go on for long, and tells of its progress itself.
    /// - Throws: what the client throws, as a `CommandFailure` in words that say what to do.
    func withCluster(
        topics: [String] = [], mayCreate: Bool = false, isStream: Bool = false,
        _ work: (Cluster) async throws -> Void
    ) async throws {
        do {
            var configuration = try configuration
            configuration.allowsAutoTopicCreation = mayCreate
            let cluster = Cluster(configuration)
            do {
                try await Progress.during(
                    "Waiting for \(servers) …", if: { isStream ? await cluster.metadata.brokers.isEmpty : true }
                ) {
                    _ = try await contact(cluster)
                    try await work(cluster)
                }
            } catch {
                let failure = await explain(error, topics, cluster)
                await cluster.close()
                throw failure
            }
            await cluster.close()
        } catch let error as ClientError {
            throw CommandFailure(error, servers: servers)
        }
    }

    private func contact(_ cluster: Cluster) async throws(ClientError) {
        guard wait else {
            _ = try await cluster.anyConnection()
            return
        }
        try await cluster.retrying { () async throws(ClientError) in _ = try await cluster.anyConnection() }
    }

    /// Names the topics that may have been meant, where one is not there.
    private func explain(_ error: any Error, _ topics: [String], _ cluster: Cluster) async -> any Error {
        guard let error = error as? ClientError, error.server == .unknownTopicOrPartition, !topics.isEmpty,
            let known = try? await AdminClient(cluster: cluster).listTopics(includingInternal: true).map(\.name),
            let missing = topics.first(where: { !known.contains($0) })
        else { return error }
        var failure = CommandFailure(error, servers: servers)
        failure.message = "There is no topic '\(missing)'."
        if let near = EditDistance.nearest(to: missing, among: known) {
            failure.advice = "Did you mean '\(near)'? " + (failure.advice ?? "")
        }
        return failure
    }
}
