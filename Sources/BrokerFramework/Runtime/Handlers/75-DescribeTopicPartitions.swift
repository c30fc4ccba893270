import BrokerMetadata
import BrokerModel
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Describes topics page by page, so that no answer grows beyond bounds (KIP-966).
package struct DescribeTopicPartitionsHandler: APIHandler {
    package typealias Request = DescribeTopicPartitionsRequest
    private typealias Topic = DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic

    private let metadata: MetadataView
    private let partitionLimit: Int

    /// - Parameter partitionLimit: the most partitions of one answer, whatever the client asks for.
    package init(metadata: MetadataView, partitionLimit: Int) {
        self.metadata = metadata
        self.partitionLimit = partitionLimit
    }

    package func actions(for request: DescribeTopicPartitionsRequest) -> [AuthorizableAction] {
        names(in: request).flatMap { AuthorizedOperations.actions(onTopic: $0) }
    }

    /// No topics means all.
    private func names(in request: DescribeTopicPartitionsRequest) -> [String] {
        let names = request.topics.isEmpty ? metadata.image.topics.names : Set(request.topics.map(\.name)).sorted()
        guard let cursor = request.cursor else { return names }
        return names.filter { $0 >= cursor.topicName }
    }

    package func handle(_ request: DescribeTopicPartitionsRequest, _ call: Call<DescribeTopicPartitionsRequest>) {
        let image = metadata.image
        var response = DescribeTopicPartitionsResponse()
        var room = max(1, min(Int(request.responsePartitionLimit), partitionLimit))
        for name in names(in: request) {
            guard call.rights.allows(.topic(.describe, name)) else {
                if !request.topics.isEmpty { response.topics.append(refusal(name, .topicAuthorizationFailed)) }
                continue
            }
            guard let topic = image.topics[name] else {
                let code: ErrorCode =
                    TopicName.problem(with: name) == nil ? .unknownTopicOrPartition : .invalidTopicException
                response.topics.append(refusal(name, code))
                continue
            }
            let first = request.cursor?.topicName == name ? max(0, Int(request.cursor?.partitionIndex ?? 0)) : 0
            guard room > 0 else {
                response.nextCursor = .init(topicName: name, partitionIndex: Int32(first))
                break
            }
            let end = min(topic.partitions.count, first + room)
            response.topics.append(describe(topic, first..<max(first, end), image, call))
            room -= max(0, end - first)
            if end < topic.partitions.count {
                response.nextCursor = .init(topicName: name, partitionIndex: Int32(end))
                break
            }
        }
        call.respond(response)
    }

    private func refusal(_ name: String, _ code: ErrorCode) -> Topic {
        var topic = Topic()
        topic.name = name
        topic.errorCode = code
        topic.topicAuthorizedOperations = AuthorizedOperations.notAsked
        return topic
    }

    private func describe(
        _ topic: TopicImage, _ range: Range<Int>, _ image: MetadataImage,
        _ call: Call<DescribeTopicPartitionsRequest>
    ) -> Topic {
        var answer = Topic()
        answer.name = topic.name
        answer.topicID = topic.id
        answer.isInternal = TopicName.internalTopics.contains(topic.name)
        answer.topicAuthorizedOperations = AuthorizedOperations.bits(
            AuthorizedOperations.actions(onTopic: topic.name), call.rights)
        answer.partitions = range.map { number in
            let partition = topic.partitions[number]
            return DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponsePartition(
                errorCode: partition.leader == -1 ? .leaderNotAvailable : .none, partitionIndex: Int32(number),
                leaderID: partition.leader, leaderEpoch: partition.leaderEpoch, replicaNodes: partition.replicas,
                isrNodes: partition.isr, eligibleLeaderReplicas: partition.eligibleLeaderReplicas,
                lastKnownElr: partition.lastKnownEligibleLeaderReplicas,
                offlineReplicas: image.offlineReplicas(of: partition))
        }
        return answer
    }
}
