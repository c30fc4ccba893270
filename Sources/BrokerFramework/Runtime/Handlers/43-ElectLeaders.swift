import BrokerController
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Lets preferred leaders lead, or finds leaders at any price (KIP-460).
package struct ElectLeadersHandler: APIHandler {
    package typealias Request = ElectLeadersRequest

    private let controller: ControllerDriver

    package init(controller: ControllerDriver) { self.controller = controller }

    package func actions(for request: ElectLeadersRequest) -> [AuthorizableAction] { [.cluster(.alter)] }

    package func handle(_ request: ElectLeadersRequest, _ call: Call<ElectLeadersRequest>) {
        guard call.rights.allows(.cluster(.alter)) else {
            return call.respond(
                Self.failure(ControllerError(.clusterAuthorizationFailed, "Not authorized."), request, call.version))
        }
        let version = call.version
        controller.submit { controller, _, _ in
            // Version 0 knows one kind of election.
            var request = request
            if version == 0 { request.electionType = 0 }
            return controller.electLeaders(request)
        } then: { result in
            switch result {
            case .success(let reply): call.respond(reply)
            case .failure(let error): call.respond(Self.failure(error, request, version))
            }
        }
    }

    private static func failure(
        _ error: ControllerError, _ request: ElectLeadersRequest, _ version: Int16
    ) -> ElectLeadersResponse {
        ElectLeadersResponse(
            // Version 0 can say it only of each partition.
            errorCode: version == 0 ? .none : error.code,
            replicaElectionResults: (request.topicPartitions ?? []).map { topic in
                .init(
                    topic: topic.topic,
                    partitionResult: topic.partitions.map {
                        .init(partitionID: $0, errorCode: error.code, errorMessage: error.message)
                    })
            })
    }
}
