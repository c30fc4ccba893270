import BrokerMetadata
import BrokerModel
import BrokerPrimitives
import BrokerWire

/// A readable id.
func id(_ number: UInt64) -> KafkaUUID { KafkaUUID(high: 7, low: number) }

extension MetadataImage {
    /// The image that `records` make of this one, and what they changed.
    func applying(_ records: [MetadataRecord]) throws -> (image: MetadataImage, delta: MetadataDelta) {
        var image = self
        var delta = MetadataDelta()
        for record in records { try image.apply(record, to: &delta) }
        return (image, delta)
    }
}

/// All an image says, in a form that can be compared.
struct Content: Equatable {
    var topics: [TopicImage]
    var names: [String]
    var partitionCount: Int
    var brokers: [NodeID: BrokerImage]
    var features: [String: Int16]
    var configs: [ConfigResource: [String: String]]
    var nextProducerID: ProducerID
    var records: [MetadataRecord]

    init(_ image: MetadataImage) {
        topics = image.topics.all.sorted { $0.id < $1.id }
        names = image.topics.names
        partitionCount = image.topics.partitionCount
        brokers = image.brokers
        features = image.features
        configs = Dictionary(uniqueKeysWithValues: image.configs.map { ($0.key, $0.value) })
        nextProducerID = image.nextProducerID
        records = image.records
    }
}
