public import ArgumentParser
internal import BrokerClient
internal import BrokerPrimitives

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

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

    public init() {}

    public func validate() throws {
        guard timeout > 0, timeout < 1e9 else { throw ValidationError("--timeout must be more than 0 seconds.") }
        do { _ = try BrokerAddress.list(servers) } catch { throw ValidationError("\(error)") }
    }

    /// The option, else the environment, else this machine.
    var servers: String {
        if let bootstrapServer { return bootstrapServer }
        if let value = getenv("BROKER_BOOTSTRAP") {
            let text = String(cString: value)
            if !text.isEmpty { return text }
        }
        return "localhost:9092"
    }

    var configuration: ClientConfiguration {
        get throws(ClientError) {
            var configuration = try ClientConfiguration(bootstrapServers: servers)
            let milliseconds = Int64(timeout * 1000)
            configuration.clientID = "broker-cli"
            configuration.operationTimeoutMilliseconds = milliseconds
            configuration.requestTimeoutMilliseconds = min(milliseconds, 30_000)
            configuration.connectTimeoutMilliseconds = min(milliseconds, 10_000)
            return configuration
        }
    }

    /// Does `work` with a cluster and closes it. What fails is told on standard error in words that say what to do,
    /// and ends the command with status 1.
    func withCluster(
        adjust: (inout ClientConfiguration) -> Void = { _ in },
        _ work: (Cluster) async throws -> Void
    ) async throws {
        do {
            var configuration = try configuration
            adjust(&configuration)
            let cluster = Cluster(configuration)
            do { try await work(cluster) } catch {
                await cluster.close()
                throw error
            }
            await cluster.close()
        } catch let error as ClientError {
            Output.note("Error: \(error)")
            if let advice = advice(for: error) { Output.note(advice) }
            throw ExitCode.failure
        }
    }

    /// What the user can do about an error; nil if its own words say it.
    func advice(for error: ClientError) -> String? {
        switch error.code {
        case .connectionFailed:
            return
                "Is a broker running at \(servers)? Start one with 'broker start', or name another with --bootstrap-server."
        case .timedOut, .connectionClosed:
            return "The broker may be overloaded or not a Kafka broker; check its log, or raise --timeout."
        case .unsupportedVersion: return "The broker at \(servers) is too old or too new for this command."
        case .missingCodec: return "Use a build of this command that has the codec."
        default: break
        }
        switch error.server {
        case .unknownTopicOrPartition?:
            return "See which topics exist with 'broker topics list', or create it with 'broker topics create'."
        case .topicAlreadyExists?: return "Use --if-not-exists to accept a topic that is there already."
        case .topicAuthorizationFailed?, .clusterAuthorizationFailed?:
            return "Ask the cluster's administrator for the right to do this."
        case .invalidReplicationFactor?: return "A topic cannot have more replicas than the cluster has brokers."
        case .messageTooLarge?, .recordListTooLarge?:
            return "The topic's max.message.bytes is the limit: see it with 'broker topics describe --configs'."
        default: return nil
        }
    }
}
