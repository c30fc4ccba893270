import BrokerModel
import BrokerPrimitives
import BrokerWire

/// The way to a group's coordinator, which moves.
///
/// Members have connections of their own to it: a broker answers each connection in order, and a join is answered only
/// when the whole group has joined. Commits must not wait for that, and neither must fetches.
actor GroupCoordinator {
    enum Purpose: Hashable {
        case membership
        case offsets
    }

    nonisolated let groupID: String
    private let cluster: Cluster
    private var node: BrokerNode?
    private var connections: [Purpose: BrokerConnection] = [:]
    private var opening: [Purpose: Task<Result<BrokerConnection, ClientError>, Never>] = [:]
    private var isClosed = false

    init(groupID: String, cluster: Cluster) {
        self.groupID = groupID
        self.cluster = cluster
    }

    /// Looks for the coordinator, unless it is known.
    @discardableResult
    func find() async throws(ClientError) -> BrokerNode {
        if let node { return node }
        let found = try await cluster.findCoordinators([groupID])[groupID]
        guard let found else { throw AdminClient.unanswered(groupID) }
        let coordinator = try found.get()
        node = coordinator
        return coordinator
    }

    /// A connection to the coordinator; opened if need be.
    func connection(for purpose: Purpose) async throws(ClientError) -> BrokerConnection {
        guard !isClosed else { throw .closed }
        if let under = opening[purpose] { return try await under.value.get() }
        if let open = connections[purpose], open.isOpen, let node, node.address == open.address { return open }
        let task = Task { await self.open(purpose) }
        opening[purpose] = task
        let result = await task.value
        opening[purpose] = nil
        let connection = try result.get()
        guard !isClosed else {
            connection.close()
            throw .closed
        }
        return connection
    }

    private func open(_ purpose: Purpose) async -> Result<BrokerConnection, ClientError> {
        do throws(ClientError) {
            let address = try await find().address
            if let open = connections[purpose] {
                if open.isOpen, open.address == address { return .success(open) }
                open.close()
            }
            connections[purpose] = nil
            let connection = try await BrokerConnection.open(to: address, configuration: cluster.configuration)
            connections[purpose] = connection
            return .success(connection)
        } catch {
            // The next one asks where the coordinator is by now.
            node = nil
            return .failure(error)
        }
    }

    /// Forgets where the coordinator is. Connections stay until it turns out to be elsewhere.
    func forget() { node = nil }

    func close() {
        isClosed = true
        for connection in connections.values { connection.close() }
        connections = [:]
    }
}

extension Cluster {
    /// Asks for the coordinators of groups, once.
    nonisolated(nonsending) func findCoordinators(
        _ groups: [String]
    ) async throws(ClientError) -> [String: Result<BrokerNode, ClientError>] {
        let connection = try await anyConnection()
        var answers: [String: Result<BrokerNode, ClientError>] = [:]
        let version = try connection.versions.pick(FindCoordinatorRequest.self)
        guard version >= 4 else {
            for group in groups {
                let response = try await connection.send(
                    FindCoordinatorRequest(key: group), within: version...version)
                answers[group] = Self.coordinator(
                    group, response.errorCode, response.errorMessage, response.nodeID, response.host, response.port)
            }
            return answers
        }
        let response = try await connection.send(
            FindCoordinatorRequest(coordinatorKeys: groups), within: version...version)
        for answer in response.coordinators {
            answers[answer.key] = Self.coordinator(
                answer.key, answer.errorCode, answer.errorMessage, answer.nodeID, answer.host, answer.port)
        }
        return answers
    }

    private static func coordinator(
        _ group: String, _ error: ErrorCode, _ message: String?, _ id: NodeID, _ host: String, _ port: Int32
    ) -> Result<BrokerNode, ClientError> {
        guard error == .none else {
            return .failure(.server(error, "coordinator of group '\(group)'", message: message))
        }
        return .success(BrokerNode(id: id, address: BrokerAddress(host: host, port: Int(port)), rack: nil))
    }
}
