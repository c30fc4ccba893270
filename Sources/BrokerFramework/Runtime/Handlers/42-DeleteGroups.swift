import BrokerCoordinators
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire
import Synchronization

/// Deletes groups without members, with their offsets.
package struct DeleteGroupsHandler: APIHandler {
    package typealias Request = DeleteGroupsRequest

    private let groups: GroupCoordinator

    package init(groups: GroupCoordinator) { self.groups = groups }

    package func actions(for request: DeleteGroupsRequest) -> [AuthorizableAction] {
        request.groupsNames.map { .group(.delete, $0) }
    }

    package func handle(_ request: DeleteGroupsRequest, _ call: Call<DeleteGroupsRequest>) {
        // Named twice is deleted once.
        var seen: Set<String> = []
        let names = request.groupsNames.filter { seen.insert($0).inserted }
        guard !names.isEmpty else { return call.respond(DeleteGroupsResponse()) }
        let gathered = Gathered(names: names, call: call)
        for (index, name) in names.enumerated() {
            do throws(CoordinatorError) {
                guard call.rights.allows(.group(.delete, name)) else {
                    throw CoordinatorError(.groupAuthorizationFailed)
                }
                try groups.submit(name) { reply in
                    if case .deleteGroup(let code) = reply { gathered.set(index, code) }
                } _: { shard, token, now in
                    shard.delete(group: name, token, at: now)
                }
            } catch { gathered.set(index, error.code) }
        }
    }

    /// The answers so far; the last one to come sends them all.
    private final class Gathered: Sendable {
        private let state: Mutex<(results: [DeleteGroupsResponse.DeletableGroupResult], left: Int)>
        private let call: Call<DeleteGroupsRequest>

        init(names: [String], call: Call<DeleteGroupsRequest>) {
            state = Mutex((names.map { .init(groupID: $0) }, names.count))
            self.call = call
        }

        func set(_ index: Int, _ code: ErrorCode) {
            let results = state.withLock { state -> [DeleteGroupsResponse.DeletableGroupResult]? in
                state.results[index].errorCode = code
                state.left -= 1
                return state.left == 0 ? state.results : nil
            }
            guard let results else { return }
            var response = DeleteGroupsResponse()
            response.results = results
            call.respond(response)
        }
    }
}
