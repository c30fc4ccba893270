import BrokerController
import BrokerMetadata
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Replaces all configs of a resource by others. Deprecated by Kafka, as two who do so at a time undo each other's
/// changes; IncrementalAlterConfigs is the better one.
package struct AlterConfigsHandler: APIHandler {
    package typealias Request = AlterConfigsRequest

    private let controller: ControllerDriver

    package init(controller: ControllerDriver) { self.controller = controller }

    package func actions(for request: AlterConfigsRequest) -> [AuthorizableAction] {
        request.resources.map { ConfigResource(wire: $0.resourceType, $0.resourceName).action(.alterConfigs) }
    }

    package func handle(_ request: AlterConfigsRequest, _ call: Call<AlterConfigsRequest>) {
        let rights = call.rights
        controller.submit { controller, _, _ in
            controller.alterConfigs(request) { $0.refusal(of: .alterConfigs, by: rights) }
        } then: { result in
            switch result {
            case .success(let reply): call.respond(reply)
            case .failure(let error):
                var response = AlterConfigsResponse()
                response.responses = request.resources.map {
                    .init(
                        errorCode: error.code, errorMessage: error.message, resourceType: $0.resourceType,
                        resourceName: $0.resourceName)
                }
                call.respond(response)
            }
        }
    }
}
