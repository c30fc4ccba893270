internal import BrokerClient
internal import BrokerMetadata
internal import BrokerRuntime
internal import NIOCore
internal import NIOPosix

/// What there is to know about a listener from here.
struct ListenerFacts: Hashable, Sendable {
    enum Answer: Hashable, Sendable {
        /// A broker, and what it tells of itself and its cluster.
        case broker(Told)
        /// Nobody listens, and the port could be opened now.
        case free
        /// Nobody answers, and the port cannot be opened either.
        case unusable(String)
        /// Somebody listens who does not speak Kafka's protocol.
        case foreign(String)
    }

    struct Told: Hashable, Sendable {
        var clusterID: String?
        var brokerCount: Int
        /// The address that clients are told for this node; nil if the node is not among the brokers.
        var advertised: BrokerAddress?
        /// Why that address cannot be reached from here; nil if it can.
        var unreachable: String?
    }

    /// Where it was asked.
    var address: BrokerAddress
    /// What is configured for it in `advertised.listeners`; nil for nothing.
    var configured: BrokerAddress?
    var answer: Answer

    /// Asks at the address by which this machine reaches a listener.
    static func gather(
        _ address: BrokerAddress, listener: Listener?, configured: BrokerAddress?, nodeID: Int32, seconds: Double
    ) async -> ListenerFacts {
        var facts = ListenerFacts(address: address, configured: configured, answer: .free)
        do throws(ClientError) {
            facts.answer = .broker(try await ask(address, nodeID: nodeID, seconds: seconds))
        } catch {
            guard error.code == .connectionFailed else {
                facts.answer = .foreign("\(error)")
                return facts
            }
            let problem = await listener.flatMapAsync(problemOpening)
            facts.answer = problem.map { .unusable($0) } ?? .free
        }
        return facts
    }

    private static func ask(
        _ address: BrokerAddress, nodeID: Int32, seconds: Double
    ) async throws(ClientError) -> Told {
        var configuration = try ClientConfiguration(bootstrapServers: "\(address)")
        let milliseconds = Int64(seconds * 1000)
        configuration.clientID = "broker-doctor"
        configuration.operationTimeoutMilliseconds = milliseconds
        configuration.requestTimeoutMilliseconds = milliseconds
        configuration.connectTimeoutMilliseconds = milliseconds
        let cluster = Cluster(configuration)
        let metadata: ClusterMetadata
        do { metadata = try await cluster.refreshAll() } catch {
            await cluster.close()
            throw error
        }
        await cluster.close()
        var told = Told(
            clusterID: metadata.clusterID, brokerCount: metadata.brokers.count,
            advertised: metadata.brokers[nodeID]?.address)
        if let advertised = told.advertised {
            do throws(ClientError) {
                try await BrokerConnection.open(to: advertised, configuration: configuration).close()
            } catch { told.unreachable = "\(error)" }
        }
        return told
    }

    /// Why a listener could not be opened now; nil if it could. Opens and closes it.
    private static func problemOpening(_ listener: Listener) async -> String? {
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        do {
            let host = listener.host.isEmpty ? "0.0.0.0" : listener.host
            try await bootstrap.bind(host: host, port: listener.port).get().close()
            return nil
        } catch { return ListenFailure.reason(error) }
    }
}

extension Optional {
    fileprivate func flatMapAsync<Result>(_ body: (Wrapped) async -> Result?) async -> Result? {
        guard let self else { return nil }
        return await body(self)
    }
}
