package import BrokerMetadata
internal import BrokerController
internal import BrokerModel
package import BrokerPrimitives
internal import BrokerWire

/// The topic of a coordinator, which is made when somebody first asks for the coordinator.
package struct CoordinatorTopic: Sendable {
    package let name: String
    private let partitionCount: Int32
    private let replicationFactor: Int
    private let configs: [String: String]
    private let controller: ControllerDriver
    private let metadata: MetadataView

    /// `__consumer_offsets`.
    package static func groups(
        _ config: BrokerConfig, controller: ControllerDriver, metadata: MetadataView
    ) -> CoordinatorTopic {
        return CoordinatorTopic(
            name: TopicName.consumerOffsets,
            partitionCount: Int32(clamping: config.int("offsets.topic.num.partitions")),
            replicationFactor: config.int("offsets.topic.replication.factor"),
            configs: [
                "cleanup.policy": "compact",
                "compression.type": "producer",
                "segment.bytes": "\(config.int("offsets.topic.segment.bytes"))",
            ], controller: controller, metadata: metadata)
    }

    /// Calls `then` when the topic is there, with the code to answer if it cannot be made; from any thread.
    package func ensure(then: @escaping @Sendable (ErrorCode?) -> Void) {
        if metadata.image.topics[name] != nil { return then(nil) }
        controller.submit { [self] controller, _, generator in
            var topic = CreateTopicsRequest.CreatableTopic(name: name, numPartitions: partitionCount)
            topic.configs = configs.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: $0.value) }
            // One broker alone keeps one copy, whatever more would be wanted: otherwise no group could ever begin.
            let live = controller.image.brokers.values.count { !$0.isFenced }
            var request = CreateTopicsRequest()
            topic.replicationFactor = Int16(clamping: max(1, min(replicationFactor, live)))
            request.topics = [topic]
            return controller.createTopics(request, describes: { _ in false }, generator: &generator)
        } then: { result in
            switch result {
            case .success(let reply):
                let code = reply.topics.first?.errorCode ?? .unknownServerError
                then(code == .none || code == .topicAlreadyExists ? nil : .coordinatorNotAvailable)
            case .failure: then(.coordinatorNotAvailable)
            }
        }
    }
}
