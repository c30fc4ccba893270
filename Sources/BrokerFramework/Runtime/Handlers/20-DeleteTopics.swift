import BrokerMetadata
import BrokerController
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Deletes topics, by name or by id.
package struct DeleteTopicsHandler: APIHandler {
    package typealias Request = DeleteTopicsRequest

    private let controller: ControllerDriver
    private let metadata: MetadataView

    package init(controller: ControllerDriver, metadata: MetadataView) {
        self.controller = controller
        self.metadata = metadata
    }

    package func actions(for request: DeleteTopicsRequest) -> [AuthorizableAction] {
        let image = metadata.image
        let names =
            request.topicNames
            + request.topics.compactMap { $0.name ?? image.topics[$0.topicID]?.name }
        return names.flatMap { [.topic(.delete, $0), .topic(.describe, $0)] }
    }

    package func handle(_ request: DeleteTopicsRequest, _ call: Call<DeleteTopicsRequest>) {
        let (rights, version, quota) = (call.rights, call.version, call.mutationQuota(strictSince: 5))
        controller.submit { controller, _, _ in
            controller.deleteTopics(request, version: version, charge: { quota?.charge($0) }) { name in
                Controller.TopicRights(
                    mayDescribe: rights.allows(.topic(.describe, name)),
                    mayDelete: rights.allows(.topic(.delete, name)))
            }
        } then: { result in
            switch result {
            case .success(let reply):
                call.respond(reply, throttleMilliseconds: quota?.throttleMilliseconds ?? 0)
            case .failure(let error):
                var response = DeleteTopicsResponse()
                let byName = request.topicNames.map { ($0, KafkaUUID.zero) }
                let byEither = request.topics.map { ($0.name, $0.topicID) }
                response.responses = (byName.map { (Optional($0.0), $0.1) } + byEither).map { name, id in
                    .init(name: name, topicID: id, errorCode: error.code, errorMessage: error.message)
                }
                call.respond(response)
            }
        }
    }
}
