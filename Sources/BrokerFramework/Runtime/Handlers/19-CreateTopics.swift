import BrokerController
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Creates topics.
package struct CreateTopicsHandler: APIHandler {
    package typealias Request = CreateTopicsRequest

    private let gate: TopicGate

    package init(gate: TopicGate) { self.gate = gate }

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
        gate.submit(for: call.context) { [allowed] controller, generator, judge in
            controller.createTopics(
                allowed, describes: { rights.allows(.topic(.describeConfigs, $0)) }, judge: judge,
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
