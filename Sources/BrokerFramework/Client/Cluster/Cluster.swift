public import BrokerModel
internal import BrokerPrimitives
internal import BrokerWire
internal import BrokerWorld

/// A cluster as a client sees it: one connection per broker, opened when needed, and the metadata to choose by.
///
/// Producers, consumers and admin clients are made on one and may share it.
public actor Cluster {
    public nonisolated let configuration: ClientConfiguration
    /// What is known now; may be stale.
    public private(set) var metadata = ClusterMetadata()

    private var connections: [Route: BrokerConnection] = [:]
    private var bootstrap: BrokerConnection?
    private var opening: [Route: Task<Result<BrokerConnection, ClientError>, Never>] = [:]
    private var openingBootstrap: Task<Result<BrokerConnection, ClientError>, Never>?
    private var unreachable: [NodeID: Unreachable] = [:]
    /// All of those to bootstrap from, at the last try.
    private var unreachableBootstrap: Unreachable?
    /// When each topic's metadata came, on the monotonic clock.
    private var fetchedAt: [String: Int64] = [:]
    private var refreshing: [String: Task<Result<Void, ClientError>, Never>] = [:]
    private var isClosed = false

    public init(_ configuration: ClientConfiguration) { self.configuration = configuration }

    // MARK: Connections

    /// A broker, and whose connection to it; nil for the one that is shared.
    private struct Route: Hashable {
        var node: NodeID
        var lane: ConnectionLane?
    }

    /// Failures in a row, the last of them, and when to try again, on the monotonic clock.
    private struct Unreachable {
        var failureCount: Int
        var until: Int64
        var error: ClientError
    }

    /// The connection to a broker of the metadata; opened if need be.
    ///
    /// A broker that could not be reached a moment ago is not tried again before its backoff has passed.
    public func connection(to node: NodeID) async throws(ClientError) -> BrokerConnection {
        try await connection(to: node, on: nil)
    }

    /// The same on somebody's own lane.
    func connection(to node: NodeID, on lane: ConnectionLane?) async throws(ClientError) -> BrokerConnection {
        guard !isClosed, lane?.isClosed != true else { throw .closed }
        let route = Route(node: node, lane: lane)
        if let open = connections[route], open.isOpen {
            // A broker that came back elsewhere is met there.
            if metadata.brokers[node].map({ $0.address == open.address }) ?? true { return open }
            open.close()
        }
        if let under = opening[route] { return try await under.value.get() }
        if let failed = unreachable[node], failed.until > now { throw failed.error }
        guard let address = metadata.brokers[node]?.address else {
            throw ClientError(.connectionFailed, "broker \(node) is not known")
        }
        let configuration = configuration
        let task = Task { await Self.open(address, configuration) }
        opening[route] = task
        let result = await task.value
        opening[route] = nil
        switch result {
        case .success(let connection):
            guard !isClosed, lane?.isClosed != true else {
                connection.close()
                throw .closed
            }
            connections[route] = connection
            unreachable[node] = nil
            return connection
        case .failure(let error):
            unreachable[node] = failed(after: unreachable[node], error)
            throw error
        }
    }

    /// One failure more than before, and the wait that comes of it.
    private func failed(after before: Unreachable?, _ error: ClientError) -> Unreachable {
        let count = (before?.failureCount ?? 0) + 1
        let wait = configuration.reconnectBackoff.wait(afterFailures: count, random: random())
        return Unreachable(failureCount: count, until: now.later(by: wait), error: error)
    }

    /// Ends a lane; what waits on it fails.
    func close(_ lane: ConnectionLane) {
        lane.close()
        for (route, connection) in connections where route.lane == lane {
            connection.close()
            connections[route] = nil
        }
    }

    /// A connection to any broker: an open one, else one to a known broker, else to one of those to bootstrap from.
    public func anyConnection() async throws(ClientError) -> BrokerConnection {
        guard !isClosed else { throw .closed }
        if let node = metadata.brokers.keys.sorted().first(where: { connections[Route(node: $0)]?.isOpen ?? false }),
            let open = connections[Route(node: node)]
        {
            return open
        }
        if let bootstrap, bootstrap.isOpen { return bootstrap }
        for node in shuffled(metadata.brokers.keys.sorted()) {
            if let connection = try? await connection(to: node) { return connection }
        }
        return try await bootstrapConnection()
    }

    private func bootstrapConnection() async throws(ClientError) -> BrokerConnection {
        if let under = openingBootstrap { return try await under.value.get() }
        if let failed = unreachableBootstrap, failed.until > now { throw failed.error }
        let addresses = shuffled(configuration.bootstrapServers)
        let configuration = configuration
        let task = Task<Result<BrokerConnection, ClientError>, Never> {
            var failure = ClientError(.invalidArgument, "no bootstrap server is given")
            for address in addresses {
                switch await Self.open(address, configuration) {
                case .success(let connection): return .success(connection)
                case .failure(let error): failure = error
                }
            }
            return .failure(failure)
        }
        openingBootstrap = task
        let result = await task.value
        openingBootstrap = nil
        if case .failure(let error) = result { unreachableBootstrap = failed(after: unreachableBootstrap, error) }
        let connection = try result.get()
        unreachableBootstrap = nil
        guard !isClosed else {
            connection.close()
            throw .closed
        }
        bootstrap = connection
        return connection
    }

    private static func open(
        _ address: BrokerAddress, _ configuration: ClientConfiguration
    ) async -> Result<BrokerConnection, ClientError> {
        do throws(ClientError) {
            return .success(try await BrokerConnection.open(to: address, configuration: configuration))
        } catch { return .failure(error) }
    }

    // MARK: Metadata

    /// The metadata of a topic, from the cache if it is young enough.
    ///
    /// Tries again after errors that pass: a topic that is being created has no leaders for a moment.
    /// - Throws: `.server` with `unknownTopicOrPartition` once the time is over and the topic is still not there.
    public func topic(
        _ name: String, timeoutMilliseconds: Int64? = nil
    ) async throws(ClientError) -> TopicMetadata {
        if let known = cached(name) { return known }
        return try await retrying(timeoutMilliseconds: timeoutMilliseconds) { () async throws(ClientError) in
            try await self.refreshed(name)
        }
    }

    /// The metadata of a topic if it is known and young enough.
    public func cached(_ name: String) -> TopicMetadata? {
        guard let known = metadata.topics[name], let time = fetchedAt[name],
            now - time < configuration.metadataMaximumAgeMilliseconds
        else { return nil }
        return known
    }

    /// The metadata of a topic as it is now, asked for once.
    func refreshed(_ name: String) async throws(ClientError) -> TopicMetadata {
        try await refresh([name])
        return try fetched(name)
    }

    private func fetched(_ name: String) throws(ClientError) -> TopicMetadata {
        if let topic = metadata.topics[name] { return topic }
        throw .server(metadata.errors[name] ?? .unknownTopicOrPartition, "topic '\(name)'")
    }

    /// Asks a broker for the metadata of topics now. Callers that ask for the same topics at a time share one request.
    public func refresh(_ names: [String]) async throws(ClientError) {
        let key = names.sorted().joined(separator: ",")
        if let under = refreshing[key] { return try await under.value.get() }
        let task = Task<Result<Void, ClientError>, Never> {
            do throws(ClientError) {
                try await self.fetchMetadata(names)
                return .success(())
            } catch { return .failure(error) }
        }
        refreshing[key] = task
        let result = await task.value
        refreshing[key] = nil
        try result.get()
    }

    /// Asks for every topic of the cluster.
    public func refreshAll() async throws(ClientError) -> ClusterMetadata {
        try await fetchMetadata(nil)
        return metadata
    }

    /// Asks for a topic now, in a way that never creates it.
    ///
    /// - Throws: `.server` with `unknownTopicOrPartition` if it is not there.
    public func lookUp(_ name: String) async throws(ClientError) -> TopicMetadata {
        try await retrying { () async throws(ClientError) in
            try await self.fetchMetadata([name], mayCreate: false)
        }
        return try fetched(name)
    }

    private func fetchMetadata(_ names: [String]?, mayCreate: Bool = true) async throws(ClientError) {
        let connection = try await anyConnection()
        let request = MetadataRequest(
            topics: names.map { $0.map { .init(name: $0) } },
            allowAutoTopicCreation: names != nil && mayCreate && configuration.allowsAutoTopicCreation)
        // Auto-creation can be refused from version 4 on, and null asks for all from version 1 on.
        let limit: ClosedRange<Int16> = request.allowAutoTopicCreation ? 1...13 : 4...13
        let response = try await connection.send(request, within: limit)
        guard response.errorCode == .none else { throw .server(response.errorCode, "metadata") }
        if names == nil {
            metadata.topics = [:]
            metadata.errors = [:]
        }
        metadata.update(with: response)
        for topic in response.topics { if let name = topic.name { fetchedAt[name] = now } }
    }

    // MARK: Trying again

    /// Does `work` until it succeeds, fails for good, or the time is over; waits a little longer after each failure.
    ///
    /// - Throws: the last failure; `.cancelled` if the task is cancelled during a wait.
    public nonisolated(nonsending) func retrying<Value: Sendable>(
        timeoutMilliseconds: Int64? = nil, _ work: () async throws(ClientError) -> Value
    ) async throws(ClientError) -> Value {
        let world = configuration.world
        let deadline = world.monotonicMilliseconds.later(
            by: timeoutMilliseconds ?? configuration.operationTimeoutMilliseconds)
        var failures = 0
        while true {
            do throws(ClientError) {
                return try await work()
            } catch {
                failures += 1
                let wait = configuration.retryBackoff.wait(afterFailures: failures, random: world.random())
                guard error.isRetriable, world.monotonicMilliseconds.later(by: wait) < deadline else { throw error }
                await configuration.timers.pause(milliseconds: wait)
                if Task.isCancelled { throw .cancelled }
            }
        }
    }

    /// Closes every connection. What waits for answers fails.
    public func close() {
        isClosed = true
        for connection in connections.values { connection.close() }
        bootstrap?.close()
        connections = [:]
        bootstrap = nil
    }

    private var now: Int64 { configuration.world.monotonicMilliseconds }
    private func random() -> UInt64 { configuration.world.random() }

    private func shuffled<Element>(_ elements: [Element]) -> [Element] {
        var generator = configuration.world.generator
        return elements.shuffled(using: &generator)
    }
}
