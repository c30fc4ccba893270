internal import BrokerController
internal import BrokerMetadata
internal import BrokerModel
internal import BrokerPrimitives
internal import BrokerRuntime
internal import BrokerWire

extension TestBroker {
    /// Creates a topic, without a client.
    ///
    /// - Throws: `TestBrokerError` with the broker's reason if it cannot be created.
    public func createTopic(_ name: String, partitions: Int32 = 1, configs: [String: String] = [:]) async throws {
        try await createTopics([TestTopic(name, partitions: partitions, configs: configs)])
    }

    /// Creates topics, without a client.
    ///
    /// - Throws: `TestBrokerError` with the broker's reason if one of them cannot be created; the others are.
    public func createTopics(_ topics: [TestTopic]) async throws {
        guard !topics.isEmpty else { return }
        let request = CreateTopicsRequest(
            topics: topics.map { topic in
                .init(
                    name: topic.name, numPartitions: topic.partitions, replicationFactor: 1,
                    configs: topic.configs.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: $0.value) })
            })
        let controller = try running().controller
        let response: CreateTopicsResponse
        do {
            response = try await controller.submit { controller, _, generator in
                controller.createTopics(request, describes: { _ in true }, generator: &generator)
            }
        } catch { throw TestBrokerError("The topics cannot be created: \(error.message)") }
        if let refused = response.topics.first(where: { $0.errorCode != .none }) {
            throw TestBrokerError(
                "The topic '\(refused.name)' cannot be created: \(refused.errorMessage ?? "\(refused.errorCode)")")
        }
    }

    /// The names of all topics, sorted.
    public var topics: [String] {
        get throws { try running().metadata.image.topics.all.map(\.name).sorted() }
    }

    /// The numbers of a topic's partitions.
    func partitions(of topic: String) throws(TestBrokerError) -> [PartitionIndex] {
        guard let image = try running().metadata.image.topics[topic] else {
            throw TestBrokerError(
                "There is no topic '\(topic)'; name it in withTestBroker(topics:), or call createTopic first.")
        }
        return image.partitions.indices.map { PartitionIndex($0) }
    }

    /// Lets go now of what is older or larger than retention allows, and of expired producers, as the broker does by
    /// itself every `log.retention.check.interval.ms`. By Kafka's rules whole segments go, and the one being written
    /// only if all its records are too old.
    public func applyRetention() async throws { await (try running()).applyRetention() }
}
