import BrokerController
import BrokerMetadata
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire
import NIOCore

/// Sets and removes quotas.
package struct AlterClientQuotasHandler: APIHandler {
    package typealias Request = AlterClientQuotasRequest

    private let controller: ControllerDriver

    package init(controller: ControllerDriver) { self.controller = controller }

    package func actions(for request: AlterClientQuotasRequest) -> [AuthorizableAction] { [.cluster(.alterConfigs)] }

    package func handle(_ request: AlterClientQuotasRequest, _ call: Call<AlterClientQuotasRequest>) {
        guard call.rights.allows(.cluster(.alterConfigs)) else {
            return refuse(request, call, .clusterAuthorizationFailed, "Not authorized.")
        }
        controller.submit { controller, _, _ in
            controller.alterClientQuotas(request) { try? SocketAddress(ipAddress: $0, port: 0).ipAddress }
        } then: { result in
            switch result {
            case .success(let reply): call.respond(reply)
            case .failure(let error): refuse(request, call, error.code, error.message)
            }
        }
    }

    private func refuse(
        _ request: AlterClientQuotasRequest, _ call: Call<AlterClientQuotasRequest>, _ code: ErrorCode,
        _ message: String
    ) {
        var response = AlterClientQuotasResponse()
        response.entries = request.entries.map { entry in
            .init(
                errorCode: code, errorMessage: message,
                entity: entry.entity.map { .init(entityType: $0.entityType, entityName: $0.entityName) })
        }
        call.respond(response)
    }
}
