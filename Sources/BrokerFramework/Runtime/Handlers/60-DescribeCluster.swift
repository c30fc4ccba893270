import BrokerMetadata
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Tells the cluster's id, its controller and its brokers.
package struct DescribeClusterHandler: APIHandler {
    package typealias Request = DescribeClusterRequest

    private let cluster: ClusterInfo
    private let metadata: MetadataView
    private let endpoints: Endpoints

    package init(cluster: ClusterInfo, metadata: MetadataView, endpoints: Endpoints) {
        self.cluster = cluster
        self.metadata = metadata
        self.endpoints = endpoints
    }

    package func actions(for request: DescribeClusterRequest) -> [AuthorizableAction] {
        request.includeClusterAuthorizedOperations ? AuthorizedOperations.actionsOnCluster : []
    }

    package func handle(_ request: DescribeClusterRequest, _ call: Call<DescribeClusterRequest>) {
        var response = DescribeClusterResponse()
        response.clusterAuthorizedOperations = AuthorizedOperations.notAsked
        guard request.endpointType == Self.brokers else {
            let isControllers = request.endpointType == Self.controllers
            response.errorCode = isControllers ? .mismatchedEndpointType : .unsupportedEndpointType
            response.errorMessage =
                isControllers
                ? "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER"
                : "Unsupported endpoint type \(request.endpointType)"
            return call.respond(response)
        }
        response.clusterID = cluster.clusterID
        let image = metadata.image
        response.controllerID = image.liveBrokers.first?.id ?? -1
        let brokers =
            request.includeFencedBrokers
            ? image.brokers.values.sorted { $0.id < $1.id } : image.liveBrokers
        response.brokers = brokers.compactMap { broker in
            guard let address = endpoints.address(of: broker, for: call.peer) else { return nil }
            return DescribeClusterResponse.DescribeClusterBroker(
                brokerID: broker.id, host: address.host, port: address.port, rack: broker.rack,
                isFenced: broker.isFenced)
        }
        if request.includeClusterAuthorizedOperations {
            response.clusterAuthorizedOperations = AuthorizedOperations.bits(
                AuthorizedOperations.actionsOnCluster, call.rights)
        }
        call.respond(response)
    }

    private static let brokers: Int8 = 1
    private static let controllers: Int8 = 2
}
