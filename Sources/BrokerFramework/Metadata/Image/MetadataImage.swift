public import BrokerModel
internal import BrokerPluginAPI
public import BrokerPrimitives
package import BrokerWire
public import HashTreeCollections

/// What a config belongs to.
public struct ConfigResource: Hashable, Sendable, Comparable {
    public enum Kind: Int8, Sendable {
        case unknown = 0
        case topic = 2
        case broker = 4
        case brokerLogger = 8
        case clientMetrics = 16
        case group = 32
    }

    public var kind: Kind
    /// The topic's name, the broker's id, or empty for all brokers.
    public var name: String

    public init(_ kind: Kind, _ name: String) {
        self.kind = kind
        self.name = name
    }

    public static func < (left: ConfigResource, right: ConfigResource) -> Bool {
        (left.kind.rawValue, left.name) < (right.kind.rawValue, right.name)
    }
}

/// The cluster's metadata at one offset of the metadata log: an immutable value, cheap to copy.
///
/// It changes only by `apply`, record by record, in the order of the log.
public struct MetadataImage: Sendable {
    /// The offset of the last record applied; −1 before the first.
    public package(set) var offset: Offset = -1
    /// The epoch of that record's batch.
    public package(set) var epoch: LeaderEpoch = 0
    public private(set) var topics = TopicsImage()
    public private(set) var brokers: [NodeID: BrokerImage] = [:]
    /// The finalized feature levels, by name.
    public private(set) var features: [String: Int16] = [:]
    public private(set) var configs: TreeDictionary<ConfigResource, [String: String]> = [:]
    public private(set) var quotas = ClientQuotasImage()
    /// The first producer id that has not been given to any broker.
    public private(set) var nextProducerID: ProducerID = 0
    /// Records that this broker keeps but does not act on, by what they are about: nothing is lost by a snapshot.
    private var kept: [KeptRecord.Key: MetadataRecord] = [:]

    public init() {}

    /// The configs set on a resource; empty if none are.
    public func config(of resource: ConfigResource) -> [String: String] { configs[resource] ?? [:] }

    /// The names of the resources of a kind that configs are set on, sorted.
    public func configured(_ kind: ConfigResource.Kind) -> [String] {
        configs.keys.filter { $0.kind == kind }.map(\.name).sorted()
    }

    /// The brokers that clients may be told of, by id.
    public var liveBrokers: [BrokerImage] {
        brokers.values.filter { !$0.isFenced && !$0.isInControlledShutdown }.sorted { $0.id < $1.id }
    }

    /// Applies one committed record and notes in `delta` what it changed.
    package mutating func apply(_ record: MetadataRecord, to delta: inout MetadataDelta) throws(MetadataError) {
        switch record {
        case .topic(let record):
            topics.insert(TopicImage(name: record.name, id: record.topicID, partitions: []))
            delta.created(record.topicID)
        case .partition(let record):
            let image = PartitionImage(record)
            guard topics.set(image, number: record.partitionID, of: record.topicID) else {
                throw .unknownPartition(record.topicID, record.partitionID)
            }
            delta.changed(record.topicID)
        case .partitionChange(let change):
            guard var image = topics.partition(change.partitionID, of: change.topicID) else {
                throw .unknownPartition(change.topicID, change.partitionID)
            }
            image.apply(change)
            _ = topics.set(image, number: change.partitionID, of: change.topicID)
            delta.changed(change.topicID)
        case .clearElr(let record):
            for id in topics.clearEligibleLeaders(of: record.topicName) { delta.changed(id) }
        case .removeTopic(let record):
            guard let topic = topics.remove(record.topicID) else { throw .unknownTopic(record.topicID) }
            configs[ConfigResource(.topic, topic.name)] = nil
            delta.removed(topic)
        case .config(let record): apply(record, to: &delta)
        case .registerBroker(let record):
            brokers[record.brokerID] = BrokerImage(record)
            delta.brokersChanged = true
        case .unregisterBroker(let record):
            brokers[record.brokerID] = nil
            delta.brokersChanged = true
        case .brokerRegistrationChange(let record):
            guard brokers[record.brokerID] != nil else { throw .unknownBroker(record.brokerID) }
            brokers[record.brokerID]?.apply(record)
            delta.brokersChanged = true
        case .fenceBroker(let record):
            brokers[record.id]?.isFenced = true
            delta.brokersChanged = true
        case .unfenceBroker(let record):
            brokers[record.id]?.isFenced = false
            delta.brokersChanged = true
        case .featureLevel(let record):
            features[record.name] = record.featureLevel == 0 ? nil : record.featureLevel
        case .producerIDs(let record): nextProducerID = record.nextProducerID
        case .clientQuota(let quota):
            guard let entity = ClientQuotaEntity(quota) else { return keep(record) }
            quotas.apply(quota, to: entity)
            delta.quotasChanged = true
        case .noOp, .beginTransaction, .endTransaction, .abortTransaction, .zkMigrationState: break
        default: keep(record)
        }
    }

    private mutating func apply(_ record: ConfigRecord, to delta: inout MetadataDelta) {
        let resource = ConfigResource(
            ConfigResource.Kind(rawValue: record.resourceType) ?? .unknown, record.resourceName)
        var values = configs[resource] ?? [:]
        values[record.name] = record.value
        configs[resource] = values.isEmpty ? nil : values
        delta.configsChanged.insert(resource)
    }

    private mutating func keep(_ record: MetadataRecord) {
        switch KeptRecord(record) {
        case .set(let key)?: kept[key] = record
        case .removed(let key)?: kept[key] = nil
        case nil: break
        }
    }

    /// The SCRAM credentials that are set, by user and mechanism.
    package var scramCredentials: [(user: String, mechanism: Int8, iterations: Int32)] {
        kept.sorted { $0.key < $1.key }.compactMap { _, record in
            guard case .userScramCredential(let credential) = record else { return nil }
            return (credential.name, credential.mechanism, credential.iterations)
        }
    }

    /// Records that make this image from an empty one: the content of a snapshot. Their order is always the same.
    package var records: [MetadataRecord] {
        var all: [MetadataRecord] = []
        // metadata.version comes first: a reader needs it to know which records may follow.
        let names = features.keys.sorted {
            ($0 == "metadata.version" ? 0 : 1, $0) < ($1 == "metadata.version" ? 0 : 1, $1)
        }
        for name in names {
            var record = FeatureLevelRecord()
            record.name = name
            record.featureLevel = features[name] ?? 0
            all.append(.featureLevel(record))
        }
        for broker in brokers.values.sorted(by: { $0.id < $1.id }) { all.append(.registerBroker(broker.record)) }
        for topic in topics.all.sorted(by: { $0.id < $1.id }) { all += topic.records }
        for (resource, values) in configs.sorted(by: { $0.key < $1.key }) {
            for (name, value) in values.sorted(by: { $0.key < $1.key }) {
                all.append(.config(.setting(name, to: value, of: resource)))
            }
        }
        for record in quotas.records { all.append(.clientQuota(record)) }
        if nextProducerID > 0 {
            var record = ProducerIdsRecord()
            record.brokerID = -1
            record.brokerEpoch = -1
            record.nextProducerID = nextProducerID
            all.append(.producerIDs(record))
        }
        for (_, record) in kept.sorted(by: { $0.key < $1.key }) { all.append(record) }
        return all
    }
}

extension TopicImage {
    /// The records that make the topic and its partitions.
    package var records: [MetadataRecord] {
        var topic = TopicRecord()
        topic.name = name
        topic.topicID = id
        var all: [MetadataRecord] = [.topic(topic)]
        for (number, partition) in partitions.enumerated() {
            all.append(.partition(partition.record(topicID: id, partition: PartitionIndex(number))))
        }
        return all
    }
}

extension ConfigRecord {
    /// Sets a config; nil takes it away.
    package static func setting(_ name: String, to value: String?, of resource: ConfigResource) -> ConfigRecord {
        var record = ConfigRecord()
        record.resourceType = resource.kind.rawValue
        record.resourceName = resource.name
        record.name = name
        record.value = value
        return record
    }
}

/// Why a record does not fit the image: the log is damaged, or from a cluster this version does not understand.
public enum MetadataError: Error, Hashable, Sendable, CustomStringConvertible {
    case unknownTopic(TopicID)
    case unknownPartition(TopicID, PartitionIndex)
    case unknownBroker(NodeID)

    public var description: String {
        switch self {
        case .unknownTopic(let id): "a metadata record names topic \(id), which does not exist"
        case .unknownPartition(let id, let partition):
            "a metadata record names partition \(partition) of topic \(id), which does not exist"
        case .unknownBroker(let id): "a metadata record names broker \(id), which is not registered"
        }
    }
}
