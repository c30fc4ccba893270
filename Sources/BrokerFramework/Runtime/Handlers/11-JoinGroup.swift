import BrokerCoordinators
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire
package import BrokerWorld

/// Takes a member into a group, and leads it through the rebalance.
package struct JoinGroupHandler: APIHandler {
    package typealias Request = JoinGroupRequest

    private let groups: GroupCoordinator
    private let world: World

    package init(groups: GroupCoordinator, world: World) {
        self.groups = groups
        self.world = world
    }

    package func actions(for request: JoinGroupRequest) -> [AuthorizableAction] { [.group(.read, request.groupID)] }

    package func handle(_ request: JoinGroupRequest, _ call: Call<JoinGroupRequest>) {
        func refuse(_ code: ErrorCode) {
            call.respond(.failure(code, memberID: request.memberID, version: call.version))
        }
        guard call.rights.allows(.group(.read, request.groupID)) else { return refuse(.groupAuthorizationFailed) }
        let client = GroupClient(id: call.context.clientID ?? "", address: call.context.host)
        var generator = world.generator
        let newMemberID = "\(request.groupInstanceID ?? client.id)-\(KafkaUUID.random(using: &generator).hyphenated)"
        do throws(CoordinatorError) {
            try groups.submit(request.groupID) { reply in
                if case .join(let response) = reply { call.respond(response) }
            } _: { shard, token, now in
                shard.join(
                    GroupJoin(
                        request: request, version: call.version, client: client, call: token,
                        newMemberID: newMemberID), at: now)
            }
        } catch { refuse(error.code) }
    }
}
