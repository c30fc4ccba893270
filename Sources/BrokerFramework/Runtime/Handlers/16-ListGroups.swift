import BrokerCoordinators
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Lists the groups this broker coordinates.
package struct ListGroupsHandler: APIHandler {
    package typealias Request = ListGroupsRequest

    private let groups: GroupCoordinator

    package init(groups: GroupCoordinator) { self.groups = groups }

    /// Who may not describe the cluster sees the groups it may describe.
    package func actions(for request: ListGroupsRequest) -> [AuthorizableAction] {
        [.cluster(.describe)] + ((try? list(request)) ?? []).map { .group(.describe, $0.groupID) }
    }

    package func handle(_ request: ListGroupsRequest, _ call: Call<ListGroupsRequest>) {
        var response = ListGroupsResponse()
        do throws(CoordinatorError) {
            let seesAll = call.rights.allows(.cluster(.describe))
            response.groups = try list(request).filter { seesAll || call.rights.allows(.group(.describe, $0.groupID)) }
        } catch { response.errorCode = error.code }
        call.respond(response)
    }

    private func list(_ request: ListGroupsRequest) throws(CoordinatorError) -> [ListGroupsResponse.ListedGroup] {
        let types = request.typesFilter.map { $0.lowercased() }
        guard types.isEmpty || types.contains(GroupShard.classicType) else { return [] }
        return try groups.askAll { shard, _ in shard.list(states: request.statesFilter) }.flatMap { $0 }
    }
}
