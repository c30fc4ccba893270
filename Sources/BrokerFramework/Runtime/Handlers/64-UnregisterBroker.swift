import BrokerController
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Forgets a broker that is gone for good.
package struct UnregisterBrokerHandler: APIHandler {
    package typealias Request = UnregisterBrokerRequest

    private let controller: ControllerDriver

    package init(controller: ControllerDriver) { self.controller = controller }

    package func actions(for request: UnregisterBrokerRequest) -> [AuthorizableAction] { [.cluster(.alter)] }

    package func handle(_ request: UnregisterBrokerRequest, _ call: Call<UnregisterBrokerRequest>) {
        guard call.rights.allows(.cluster(.alter)) else {
            return call.respond(
                UnregisterBrokerResponse(errorCode: .clusterAuthorizationFailed, errorMessage: "Not authorized."))
        }
        controller.submit { controller, _, _ in
            controller.unregister(request)
        } then: { result in
            switch result {
            case .success(let reply): call.respond(reply)
            case .failure(let error):
                call.respond(UnregisterBrokerResponse(errorCode: error.code, errorMessage: error.message))
            }
        }
    }
}
