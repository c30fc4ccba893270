import BrokerController
import BrokerMetadata
import BrokerModel
import BrokerPluginAPI
import BrokerPrimitives
import BrokerTestKit
import BrokerWire
import Testing

func id(_ number: UInt64) -> KafkaUUID { KafkaUUID(high: 7, low: number) }

/// A cluster as a test needs it: a controller on an image that only `commit` changes.
struct Cluster {
    var controller: Controller
    var generator = SplitMix(seed: 1)

    init(_ settings: [String: String] = [:], placer: (any ReplicaPlacer)? = nil) throws {
        controller = Controller(
            image: MetadataImage(),
            settings: Controller.Settings(config: try BrokerConfig(layers: [settings]), placer: placer))
    }

    /// With brokers 1… that are not fenced.
    init(brokers: NodeID, _ settings: [String: String] = [:], placer: (any ReplicaPlacer)? = nil) throws {
        try self.init(settings, placer: placer)
        for broker in 1...brokers { try add(broker) }
    }

    mutating func add(
        _ broker: NodeID, rack: String? = nil, fenced: Bool = false, leaving: Bool = false,
        directories: [KafkaUUID]? = nil
    ) throws {
        try commit([
            .registerBroker(
                RegisterBrokerRecord(
                    brokerID: broker, incarnationID: id(UInt64(broker)), brokerEpoch: Int64(broker) * 10, rack: rack,
                    fenced: fenced, inControlledShutdown: leaving, logDirs: directories ?? [id(100 + UInt64(broker))]))
        ])
    }

    /// Applies records as if they had been committed.
    mutating func commit(_ records: [MetadataRecord]) throws {
        var delta = MetadataDelta()
        for record in records { try controller.image.apply(record, to: &delta) }
    }

    /// Takes a decision, checks that deciding changed nothing, and commits it.
    mutating func decide<Reply>(_ body: (Controller, inout SplitMix) -> Decision<Reply>) throws -> Reply {
        let before = controller.image.records
        let decision = body(controller, &generator)
        #expect(controller.image.records == before, "a decision changes nothing")
        try commit(decision.records)
        return decision.reply
    }

    mutating func create(
        _ topics: CreateTopicsRequest.CreatableTopic..., validateOnly: Bool = false, describes: Bool = true
    ) throws -> [CreateTopicsResponse.CreatableTopicResult] {
        let request = CreateTopicsRequest(topics: topics, validateOnly: validateOnly)
        return try decide { $0.createTopics(request, describes: { _ in describes }, generator: &$1) }.topics
    }

    func topic(_ name: String) throws -> TopicImage { try #require(controller.image.topics[name]) }
}

extension CreateTopicsRequest.CreatableTopic {
    static func automatic(
        _ name: String, partitions: Int32 = 1, factor: Int16 = 1, configs: [(String, String?)] = []
    ) -> Self {
        Self(
            name: name, numPartitions: partitions, replicationFactor: factor,
            configs: configs.map { .init(name: $0.0, value: $0.1) })
    }

    static func manual(_ name: String, _ assignments: [(Int32, [NodeID])]) -> Self {
        Self(
            name: name, numPartitions: -1, replicationFactor: -1,
            assignments: assignments.map { .init(partitionIndex: $0.0, brokerIDs: $0.1) })
    }
}
