import BrokerController
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Finalizes feature levels: what the whole cluster may use from now on.
package struct UpdateFeaturesHandler: APIHandler {
    package typealias Request = UpdateFeaturesRequest

    private let controller: ControllerDriver
    private let kraftVersion: Int16

    package init(controller: ControllerDriver, kraftVersion: Int16) {
        self.controller = controller
        self.kraftVersion = kraftVersion
    }

    package func actions(for request: UpdateFeaturesRequest) -> [AuthorizableAction] { [.cluster(.alter)] }

    package func handle(_ request: UpdateFeaturesRequest, _ call: Call<UpdateFeaturesRequest>) {
        guard call.rights.allows(.cluster(.alter)) else {
            return call.respond(
                UpdateFeaturesResponse(errorCode: .clusterAuthorizationFailed, errorMessage: "Not authorized."))
        }
        let version = call.version
        controller.submit { [kraftVersion] controller, _, _ in
            controller.updateFeatures(
                request, version: version, supported: BrokerFeatures.supported, kraftVersion: kraftVersion)
        } then: { result in
            switch result {
            case .success(let reply): call.respond(reply)
            case .failure(let error):
                call.respond(UpdateFeaturesResponse(errorCode: error.code, errorMessage: error.message))
            }
        }
    }
}
