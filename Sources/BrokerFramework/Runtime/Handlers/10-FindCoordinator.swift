import BrokerCoordinators
import BrokerMetadata
import BrokerModel
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Tells which broker coordinates a group; makes the groups' topic when the first one is asked for.
package struct FindCoordinatorHandler: APIHandler {
    package typealias Request = FindCoordinatorRequest
    private typealias Found = FindCoordinatorResponse.Coordinator

    private let topic: CoordinatorTopic
    private let groups: GroupCoordinator
    private let metadata: MetadataView
    private let endpoints: Endpoints

    package init(
        topic: CoordinatorTopic, groups: GroupCoordinator, metadata: MetadataView, endpoints: Endpoints
    ) {
        self.topic = topic
        self.groups = groups
        self.metadata = metadata
        self.endpoints = endpoints
    }

    package func actions(for request: FindCoordinatorRequest) -> [AuthorizableAction] {
        guard request.keyType == Self.group else { return [] }
        return ([request.key] + request.coordinatorKeys).map { .group(.describe, $0) }
    }

    package func handle(_ request: FindCoordinatorRequest, _ call: Call<FindCoordinatorRequest>) {
        let keys = call.version >= 4 ? request.coordinatorKeys : [request.key]
        let isServed = request.keyType == Self.group && keys.contains { call.rights.allows(.group(.describe, $0)) }
        guard isServed else { return respond(keys.map { find($0, request, call, failure: nil) }, call) }
        topic.ensure { [self] failure in
            // On a new topic the answer waits until the coordinator is there, so that the client need not try twice.
            groups.whenReady(keys.first ?? "") {
                respond(keys.map { find($0, request, call, failure: failure) }, call)
            }
        }
    }

    private func find(
        _ key: String, _ request: FindCoordinatorRequest, _ call: Call<FindCoordinatorRequest>, failure: ErrorCode?
    ) -> Found {
        func refuse(_ code: ErrorCode, _ message: String?) -> Found {
            Found(key: key, nodeID: -1, host: "", port: -1, errorCode: code, errorMessage: message)
        }
        guard request.keyType == Self.group else {
            let kind =
                request.keyType == Self.transaction
                ? "Transactions" : request.keyType == Self.share ? "Share groups" : "Coordinators of this type"
            return refuse(.invalidRequest, "\(kind) are not served by this broker yet.")
        }
        guard call.rights.allows(.group(.describe, key)) else {
            return refuse(.groupAuthorizationFailed, "Not authorized.")
        }
        if let failure { return refuse(failure, "The topic \(topic.name) could not be created.") }
        let image = metadata.image
        guard let partitions = image.topics[topic.name]?.partitions,
            let partition = partitions.dropFirst(
                Int(CoordinatorPartitioning.partition(of: key, count: partitions.count))
            ).first,
            let broker = image.brokers[partition.leader],
            let address = endpoints.address(of: broker, for: call.peer)
        else { return refuse(.coordinatorNotAvailable, "The coordinator is not available.") }
        return Found(key: key, nodeID: broker.id, host: address.host, port: address.port)
    }

    private func respond(_ found: [Found], _ call: Call<FindCoordinatorRequest>) {
        var response = FindCoordinatorResponse()
        guard call.version < 4, let only = found.first else {
            response.coordinators = found
            return call.respond(response)
        }
        response.errorCode = only.errorCode
        response.errorMessage = only.errorMessage
        response.nodeID = only.nodeID
        response.host = only.host
        response.port = only.port
        call.respond(response)
    }

    private static let group: Int8 = 0
    private static let transaction: Int8 = 1
    private static let share: Int8 = 2
}
