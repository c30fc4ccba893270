public import BrokerModel
internal import BrokerPrimitives
internal import BrokerWire

/// Asks the cluster to change or describe itself.
///
/// Operations that may be repeated without harm are tried again after errors that pass.
public struct AdminClient: Sendable {
    public let cluster: Cluster

    public init(cluster: Cluster) { self.cluster = cluster }

    var timeoutMilliseconds: Int32 {
        Int32(clamping: cluster.configuration.requestTimeoutMilliseconds)
    }

    /// Sends to the broker that metadata names as controller: on KRaft any broker, which passes the request on.
    func sendToController<Request: WireRequest>(
        _ request: Request, within limit: ClosedRange<Int16>? = nil
    ) async throws(ClientError) -> Request.Response {
        if await cluster.metadata.brokers.isEmpty { try await cluster.refresh([]) }
        do throws(ClientError) {
            if let controller = await cluster.metadata.controller {
                return try await cluster.connection(to: controller).send(request, within: limit)
            }
            return try await cluster.anyConnection().send(request, within: limit)
        } catch {
            // Whoever tries again should not meet the same broker if it is gone.
            if error.isRetriable { try? await cluster.refresh([]) }
            throw error
        }
    }

    /// Describes the cluster: its brokers and who controls it.
    public func describeCluster() async throws(ClientError) -> ClusterDescription {
        try await cluster.retrying { () async throws(ClientError) in
            let response = try await cluster.anyConnection().send(DescribeClusterRequest())
            guard response.errorCode == .none else {
                throw .server(response.errorCode, "describe cluster", message: response.errorMessage)
            }
            return ClusterDescription(
                clusterID: response.clusterID, controller: response.controllerID >= 0 ? response.controllerID : nil,
                brokers: response.brokers.map {
                    BrokerNode(
                        id: $0.brokerID, address: BrokerAddress(host: $0.host, port: Int($0.port)), rack: $0.rack)
                }.sorted { $0.id < $1.id })
        }
    }
}

/// The cluster as a broker describes it.
public struct ClusterDescription: Sendable, Hashable {
    public var clusterID: String
    public var controller: NodeID?
    /// By id.
    public var brokers: [BrokerNode]
}
