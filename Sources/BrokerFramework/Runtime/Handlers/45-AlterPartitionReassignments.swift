import BrokerController
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Gives partitions other replicas, or takes that back.
package struct AlterPartitionReassignmentsHandler: APIHandler {
    package typealias Request = AlterPartitionReassignmentsRequest

    private let controller: ControllerDriver

    package init(controller: ControllerDriver) { self.controller = controller }

    package func actions(for request: AlterPartitionReassignmentsRequest) -> [AuthorizableAction] {
        [.cluster(.alter)]
    }

    package func handle(
        _ request: AlterPartitionReassignmentsRequest, _ call: Call<AlterPartitionReassignmentsRequest>
    ) {
        guard call.rights.allows(.cluster(.alter)) else {
            return call.respond(
                AlterPartitionReassignmentsResponse(
                    errorCode: .clusterAuthorizationFailed, errorMessage: "Not authorized."))
        }
        controller.submit { controller, _, _ in
            controller.alterPartitionReassignments(request)
        } then: { result in
            switch result {
            case .success(let reply): call.respond(reply)
            case .failure(let error):
                call.respond(
                    AlterPartitionReassignmentsResponse(errorCode: error.code, errorMessage: error.message))
            }
        }
    }
}
