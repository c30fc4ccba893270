package import BrokerController
import BrokerMetadata
package import BrokerPluginAPI

/// Changes configs of topics, brokers, groups and client metrics subscriptions: IncrementalAlterConfigs key by key,
/// AlterConfigs by replacing all of a resource's. Kafka deprecates the latter, as two who do so at a time undo each
/// other's changes.
package struct ConfigAlterationHandler<Request: ConfigAlteration>: APIHandler {
    private let gate: TopicGate

    package init(gate: TopicGate) { self.gate = gate }

    package func actions(for request: Request) -> [AuthorizableAction] {
        request.alterations.map { ConfigResource(wire: $0.type, $0.name).action(.alterConfigs) }
    }

    package func handle(_ request: Request, _ call: Call<Request>) {
        let rights = call.rights
        gate.submit(for: call.context) { controller, _, judge in
            controller.alterConfigs(request, judge: judge) { $0.refusal(of: .alterConfigs, by: rights) }
        } then: { result in
            switch result {
            case .success(let reply): call.respond(reply)
            case .failure(let error): call.respond(request.response(request.alterations.map { _ in error }))
            }
        }
    }
}
