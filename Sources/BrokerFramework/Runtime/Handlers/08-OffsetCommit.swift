import BrokerCoordinators
import BrokerMetadata
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Stores how far a group has read.
package struct OffsetCommitHandler: APIHandler {
    package typealias Request = OffsetCommitRequest

    private let groups: GroupCoordinator
    private let metadata: MetadataView

    package init(groups: GroupCoordinator, metadata: MetadataView) {
        self.groups = groups
        self.metadata = metadata
    }

    package func actions(for request: OffsetCommitRequest) -> [AuthorizableAction] {
        [.group(.read, request.groupID)]
            + request.topics.compactMap { topic in
                topic.resolved(metadata.image).map { .topic(.read, $0.name) }
                    ?? (topic.name.isEmpty ? nil : .topic(.read, topic.name))
            }
    }

    package func handle(_ request: OffsetCommitRequest, _ call: Call<OffsetCommitRequest>) {
        guard call.rights.allows(.group(.read, request.groupID)) else {
            return call.respond(.failure(.groupAuthorizationFailed, request))
        }
        let image = metadata.image
        let topics = request.topics.map { topic -> GroupShard.CommitTopic in
            let known = topic.resolved(image)
            let name = known?.name ?? topic.name
            var refusal: ErrorCode?
            if call.version >= 10, known == nil {
                refusal = .unknownTopicId
            } else if !call.rights.allows(.topic(.read, name)) {
                refusal = .topicAuthorizationFailed
            } else if known == nil {
                refusal = .unknownTopicOrPartition
            }
            return .init(
                name: name, id: known?.id ?? .zero, partitionCount: known?.partitions.count ?? 0, refusal: refusal)
        }
        do throws(CoordinatorError) {
            try groups.submit(request.groupID) { reply in
                if case .offsetCommit(let response) = reply { call.respond(response) }
            } _: { shard, token, now in
                shard.commit(request, version: call.version, topics: topics, token, at: now)
            }
        } catch { call.respond(.failure(error.code, request)) }
    }
}

extension OffsetCommitRequest.OffsetCommitRequestTopic {
    /// The topic, which is named by its id since version 10.
    fileprivate func resolved(_ image: MetadataImage) -> TopicImage? {
        topicID == .zero ? image.topics[name] : image.topics[topicID]
    }
}

extension OffsetCommitResponse {
    fileprivate static func failure(_ code: ErrorCode, _ request: OffsetCommitRequest) -> OffsetCommitResponse {
        var response = OffsetCommitResponse()
        response.topics = request.topics.map { topic in
            .init(
                name: topic.name, topicID: topic.topicID,
                partitions: topic.partitions.map { .init(partitionIndex: $0.partitionIndex, errorCode: code) })
        }
        return response
    }
}
