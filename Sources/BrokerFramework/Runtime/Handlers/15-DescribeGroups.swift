import BrokerCoordinators
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Tells the state and the members of groups.
package struct DescribeGroupsHandler: APIHandler {
    package typealias Request = DescribeGroupsRequest
    private typealias Described = DescribeGroupsResponse.DescribedGroup

    private let groups: GroupCoordinator

    package init(groups: GroupCoordinator) { self.groups = groups }

    package func actions(for request: DescribeGroupsRequest) -> [AuthorizableAction] {
        request.groups.flatMap { name in
            [.group(.describe, name)]
                + (request.includeAuthorizedOperations ? AuthorizedOperations.actions(onGroup: name) : [])
        }
    }

    package func handle(_ request: DescribeGroupsRequest, _ call: Call<DescribeGroupsRequest>) {
        var response = DescribeGroupsResponse()
        response.groups = request.groups.map { id in
            var described: Described
            do throws(CoordinatorError) {
                guard call.rights.allows(.group(.describe, id)) else {
                    throw CoordinatorError(.groupAuthorizationFailed)
                }
                described = try groups.ask(id) { shard, _ in shard.describe(id) } ?? missing(id, call.version)
            } catch {
                described = Described()
                described.groupID = id
                described.errorCode = error.code
                described.errorMessage = nil
            }
            described.authorizedOperations =
                request.includeAuthorizedOperations && described.errorCode == .none
                ? AuthorizedOperations.bits(AuthorizedOperations.actions(onGroup: id), call.rights)
                : AuthorizedOperations.notAsked
            return described
        }
        call.respond(response)
    }

    /// A group that is not there is a dead one to old clients, and an error to those that know it (KIP-1043).
    private func missing(_ id: String, _ version: Int16) -> Described {
        var described = Described()
        described.groupID = id
        described.groupState = "Dead"
        described.errorMessage = nil
        if version >= 6 {
            described.errorCode = .groupIdNotFound
            described.errorMessage = "Group \(id) not found."
        }
        return described
    }
}
