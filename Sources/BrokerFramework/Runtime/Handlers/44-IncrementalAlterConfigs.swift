import BrokerController
import BrokerMetadata
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Changes configs of topics and brokers, key by key.
package struct IncrementalAlterConfigsHandler: APIHandler {
    package typealias Request = IncrementalAlterConfigsRequest

    private let controller: ControllerDriver

    package init(controller: ControllerDriver) { self.controller = controller }

    package func actions(for request: IncrementalAlterConfigsRequest) -> [AuthorizableAction] {
        request.resources.map { action(ConfigResource.Kind(rawValue: $0.resourceType), $0.resourceName) }
    }

    private func action(_ kind: ConfigResource.Kind?, _ name: String) -> AuthorizableAction {
        kind == .topic ? .topic(.alterConfigs, name) : .cluster(.alterConfigs)
    }

    package func handle(_ request: IncrementalAlterConfigsRequest, _ call: Call<IncrementalAlterConfigsRequest>) {
        let rights = call.rights
        controller.submit { controller, _, _ in
            controller.incrementalAlterConfigs(request) { resource in
                guard !rights.allows(action(resource.kind, resource.name)) else { return nil }
                let code: ErrorCode = resource.kind == .topic ? .topicAuthorizationFailed : .clusterAuthorizationFailed
                return ControllerError(code, "Not authorized.")
            }
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
