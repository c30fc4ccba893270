import BrokerMetadata
import BrokerModel
import BrokerPrimitives
package import BrokerWire

extension Controller {
    /// Decides a DeleteTopics request, by name or by id. A topic that is named twice, in whichever way, is kept.
    ///
    /// - Parameters:
    ///   - charge: counts partitions against the asker's quota; answers the error if that is used up.
    ///   - rights: what the asker may do with the topic of a name.
    package func deleteTopics(
        _ request: DeleteTopicsRequest, version: Int16, charge: (Int) -> ControllerError? = { _ in nil },
        rights: (String) -> TopicRights
    ) -> Decision<DeleteTopicsResponse> {
        var decision = Decision(reply: DeleteTopicsResponse())
        let named = request.topicNames.map { (name: Optional($0), id: TopicID.zero) }
        let wanted = version >= 6 ? request.topics.map { (name: $0.name, id: $0.topicID) } : named
        let ids = wanted.compactMap { try? find(name: $0.name, id: $0.id).id }
        let repeated = Set(Dictionary(grouping: ids) { $0 }.filter { $0.value.count > 1 }.keys)
        for (name, id) in wanted {
            var result = DeleteTopicsResponse.DeletableTopicResult()
            result.name = name
            result.topicID = id
            do throws(ControllerError) {
                // Who may not delete a name must not learn from the answer whether there is such a topic.
                if let name, !rights(name).mayDelete {
                    throw ControllerError(.topicAuthorizationFailed, "Not authorized.")
                }
                let topic = try find(name: name, id: id)
                let rights = rights(topic.name)
                guard rights.mayDescribe || name != nil else {
                    throw ControllerError(.topicAuthorizationFailed, "Not authorized.")
                }
                result.name = topic.name
                guard rights.mayDelete else { throw ControllerError(.topicAuthorizationFailed, "Not authorized.") }
                guard settings.allowsTopicDeletion else {
                    throw ControllerError(
                        version < 3 ? .invalidRequest : .topicDeletionDisabled, "Topic deletion is disabled.")
                }
                guard !repeated.contains(topic.id) else {
                    throw ControllerError(.invalidRequest, "Duplicate topic name or id.")
                }
                if let error = charge(topic.partitions.count) { throw error }
                result.topicID = topic.id
                var record = RemoveTopicRecord()
                record.topicID = topic.id
                decision.records.append(.removeTopic(record))
            } catch {
                result.errorCode = error.code
                result.errorMessage = error.message
            }
            decision.reply.responses.append(result)
        }
        return decision
    }

    private func find(name: String?, id: TopicID) throws(ControllerError) -> TopicImage {
        if let name {
            guard id == .zero else {
                throw ControllerError(.invalidRequest, "Name a topic by its name or by its id, not by both.")
            }
            guard let topic = image.topics[name] else {
                throw ControllerError(.unknownTopicOrPartition, "This server does not host this topic-partition.")
            }
            return topic
        }
        guard let topic = image.topics[id] else {
            throw ControllerError(
                id == .zero ? .invalidRequest : .unknownTopicId, "This server does not host this topic ID.")
        }
        return topic
    }

    /// What an asker may do with a topic.
    package struct TopicRights: Sendable {
        package var mayDescribe: Bool
        package var mayDelete: Bool

        package init(mayDescribe: Bool, mayDelete: Bool) {
            self.mayDescribe = mayDescribe
            self.mayDelete = mayDelete
        }
    }
}
