import BrokerController
package import BrokerPluginAPI
package import BrokerWire

/// Adds partitions to topics.
package struct CreatePartitionsHandler: APIHandler {
    package typealias Request = CreatePartitionsRequest

    private let gate: TopicGate

    package init(gate: TopicGate) { self.gate = gate }

    package func actions(for request: CreatePartitionsRequest) -> [AuthorizableAction] {
        request.topics.map { .topic(.alter, $0.name) }
    }

    package func handle(_ request: CreatePartitionsRequest, _ call: Call<CreatePartitionsRequest>) {
        let (rights, quota) = (call.rights, call.mutationQuota(strictSince: 3))
        gate.submit(for: call.context) { controller, generator, judge in
            controller.createPartitions(
                request, mayAlter: { rights.allows(.topic(.alter, $0)) }, judge: judge,
                charge: { quota?.charge($0) }, generator: &generator)
        } then: { result in
            switch result {
            case .success(let reply):
                call.respond(reply, throttleMilliseconds: quota?.throttleMilliseconds ?? 0)
            case .failure(let error):
                var response = CreatePartitionsResponse()
                response.results = request.topics.map {
                    .init(name: $0.name, errorCode: error.code, errorMessage: error.message)
                }
                call.respond(response)
            }
        }
    }
}
