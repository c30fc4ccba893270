import BrokerController
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Creates topics.
package struct CreateTopicsHandler: APIHandler {
    package typealias Request = CreateTopicsRequest

    private let controller: ControllerDriver

    package init(controller: ControllerDriver) { self.controller = controller }

    package func actions(for request: CreateTopicsRequest) -> [AuthorizableAction] {
        [.cluster(.create)]
            + request.topics.flatMap { [.topic(.create, $0.name), .topic(.describeConfigs, $0.name)] }
    }

    package func handle(_ request: CreateTopicsRequest, _ call: Call<CreateTopicsRequest>) {
        var allowed = request
        if !call.rights.allows(.cluster(.create)) {
            allowed.topics.removeAll { !call.rights.allows(.topic(.create, $0.name)) }
        }
        let names = Set(allowed.topics.map(\.name))
        let refused = request.topics.filter { !names.contains($0.name) }
        let (rights, quota) = (call.rights, call.mutationQuota(strictSince: 6))
        controller.submit { [allowed] controller, _, generator in
            controller.createTopics(
                allowed, describes: { rights.allows(.topic(.describeConfigs, $0)) },
                charge: { quota?.charge($0) }, generator: &generator)
        } then: { result in
            var response = CreateTopicsResponse()
            switch result {
            case .success(let reply): response = reply
            case .failure(let error):
                response.topics = names.sorted().map {
                    .init(name: $0, errorCode: error.code, errorMessage: error.message)
                }
            }
            response.topics += refused.map {
                .init(name: $0.name, errorCode: .topicAuthorizationFailed, errorMessage: "Not authorized.")
            }
            call.respond(response, throttleMilliseconds: quota?.throttleMilliseconds ?? 0)
        }
    }
}
