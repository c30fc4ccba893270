import BrokerCoordinators
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Takes the leader's assignment, and tells every member its share of it.
package struct SyncGroupHandler: APIHandler {
    package typealias Request = SyncGroupRequest

    private let groups: GroupCoordinator

    package init(groups: GroupCoordinator) { self.groups = groups }

    package func actions(for request: SyncGroupRequest) -> [AuthorizableAction] { [.group(.read, request.groupID)] }

    package func handle(_ request: SyncGroupRequest, _ call: Call<SyncGroupRequest>) {
        do throws(CoordinatorError) {
            guard call.rights.allows(.group(.read, request.groupID)) else {
                throw CoordinatorError(.groupAuthorizationFailed)
            }
            // Since version 5 a member must say what it believes was agreed on.
            guard call.version < 5 || request.protocolType != nil && request.protocolName != nil else {
                throw CoordinatorError(.inconsistentGroupProtocol)
            }
            try groups.submit(request.groupID) { reply in
                if case .sync(let response) = reply { call.respond(response) }
            } _: { shard, token, now in
                shard.sync(request, token, at: now)
            }
        } catch { call.respond(.failure(error.code)) }
    }
}
