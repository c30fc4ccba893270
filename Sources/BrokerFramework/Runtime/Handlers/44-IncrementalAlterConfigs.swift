import BrokerController
import BrokerMetadata
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Changes configs of topics, brokers, groups and client metrics subscriptions, key by key.
package struct IncrementalAlterConfigsHandler: APIHandler {
    package typealias Request = IncrementalAlterConfigsRequest

    private let controller: ControllerDriver

    package init(controller: ControllerDriver) { self.controller = controller }

    package func actions(for request: IncrementalAlterConfigsRequest) -> [AuthorizableAction] {
        request.resources.map { ConfigResource(wire: $0.resourceType, $0.resourceName).action(.alterConfigs) }
    }

    package func handle(_ request: IncrementalAlterConfigsRequest, _ call: Call<IncrementalAlterConfigsRequest>) {
        let rights = call.rights
        controller.submit { controller, _, _ in
            controller.incrementalAlterConfigs(request) { $0.refusal(of: .alterConfigs, by: rights) }
        } then: { result in
            switch result {
            case .success(let reply): call.respond(reply)
            case .failure(let error):
                var response = IncrementalAlterConfigsResponse()
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
