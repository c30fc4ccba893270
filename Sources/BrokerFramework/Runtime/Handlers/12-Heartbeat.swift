import BrokerCoordinators
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Keeps a member's session alive, and tells it when it must join again.
package struct HeartbeatHandler: APIHandler {
    package typealias Request = HeartbeatRequest

    private let groups: GroupCoordinator

    package init(groups: GroupCoordinator) { self.groups = groups }

    package func actions(for request: HeartbeatRequest) -> [AuthorizableAction] { [.group(.read, request.groupID)] }

    package func handle(_ request: HeartbeatRequest, _ call: Call<HeartbeatRequest>) {
        var response = HeartbeatResponse()
        do throws(CoordinatorError) {
            guard call.rights.allows(.group(.read, request.groupID)) else {
                throw CoordinatorError(.groupAuthorizationFailed)
            }
            response.errorCode = try groups.ask(request.groupID) { shard, now in shard.heartbeat(request, at: now) }
        } catch { response.errorCode = error.code }
        call.respond(response)
    }
}
