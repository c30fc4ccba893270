import BrokerCoordinators
import BrokerMetadata
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Forgets a group's offsets of topics that none of its members reads.
package struct OffsetDeleteHandler: APIHandler {
    package typealias Request = OffsetDeleteRequest

    private let groups: GroupCoordinator
    private let metadata: MetadataView

    package init(groups: GroupCoordinator, metadata: MetadataView) {
        self.groups = groups
        self.metadata = metadata
    }

    package func actions(for request: OffsetDeleteRequest) -> [AuthorizableAction] {
        [.group(.delete, request.groupID)] + request.topics.map { .topic(.read, $0.name) }
    }

    package func handle(_ request: OffsetDeleteRequest, _ call: Call<OffsetDeleteRequest>) {
        let image = metadata.image
        let refusals = request.topics.map { topic -> ErrorCode? in
            if !call.rights.allows(.topic(.read, topic.name)) { return .topicAuthorizationFailed }
            return image.topics[topic.name] == nil ? .unknownTopicOrPartition : nil
        }
        do throws(CoordinatorError) {
            guard call.rights.allows(.group(.delete, request.groupID)) else {
                throw CoordinatorError(.groupAuthorizationFailed)
            }
            try groups.submit(request.groupID) { reply in
                if case .offsetDelete(let response) = reply { call.respond(response) }
            } _: { shard, token, now in
                shard.delete(request, refusals: refusals, token, at: now)
            }
        } catch {
            var response = OffsetDeleteResponse()
            response.errorCode = error.code
            call.respond(response)
        }
    }
}
