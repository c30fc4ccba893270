import BrokerCoordinators
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Lets members go at once, without waiting for the end of their sessions.
package struct LeaveGroupHandler: APIHandler {
    package typealias Request = LeaveGroupRequest

    private let groups: GroupCoordinator

    package init(groups: GroupCoordinator) { self.groups = groups }

    package func actions(for request: LeaveGroupRequest) -> [AuthorizableAction] { [.group(.read, request.groupID)] }

    package func handle(_ request: LeaveGroupRequest, _ call: Call<LeaveGroupRequest>) {
        var response = LeaveGroupResponse()
        // Since version 3 several members may leave at once.
        let members =
            call.version >= 3
            ? request.members : [LeaveGroupRequest.MemberIdentity(memberID: request.memberID)]
        do throws(CoordinatorError) {
            guard call.rights.allows(.group(.read, request.groupID)) else {
                throw CoordinatorError(.groupAuthorizationFailed)
            }
            guard !request.groupID.isEmpty else { throw CoordinatorError(.invalidGroupId) }
            let answers = try groups.ask(request.groupID) { shard, now in
                shard.leave(request.groupID, members, at: now)
            }
            if call.version >= 3 {
                response.members = answers
            } else {
                response.errorCode = answers.first?.errorCode ?? .none
            }
        } catch { response.errorCode = error.code }
        call.respond(response)
    }
}
