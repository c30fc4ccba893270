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
}
