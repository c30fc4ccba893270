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
            return call.respond(Self.failure(.clusterAuthorizationFailed, "Not authorized.", request))
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
            case .failure(let error): call.respond(Self.failure(error.code, error.message, request))
            }
        }
    }

    private static func failure(
        _ code: ErrorCode, _ message: String, _ request: ElectLeadersRequest
    ) -> ElectLeadersResponse {
        ElectLeadersResponse(
            errorCode: code,
            replicaElectionResults: (request.topicPartitions ?? []).map { topic in
                .init(
                    topic: topic.topic,
                    partitionResult: topic.partitions.map {
                        .init(partitionID: $0, errorCode: code, errorMessage: message)
                    })
            })
    }
}
