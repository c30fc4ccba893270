internal import HashTreeCollections
public import BrokerModel

/// What a run of records changed in the cluster's metadata: the news that publishers get beside the new image.
public struct MetadataDelta: Sendable {
    /// Topics that were created or whose partitions changed, by id.
    public private(set) var changedTopics: Set<TopicID> = []
    /// Topics that were removed, as they were.
    public private(set) var removedTopics: [TopicImage] = []
    public internal(set) var configsChanged: Set<ConfigResource> = []
    public internal(set) var brokersChanged = false
    public internal(set) var quotasChanged = false

    public init() {}

    public var isEmpty: Bool {
        changedTopics.isEmpty && removedTopics.isEmpty && configsChanged.isEmpty && !brokersChanged
            && !quotasChanged
    }

    mutating func created(_ id: TopicID) { changedTopics.insert(id) }

    mutating func changed(_ id: TopicID) { changedTopics.insert(id) }

    mutating func removed(_ topic: TopicImage) {
        changedTopics.remove(topic.id)
        removedTopics.append(topic)
    }
}

extension MetadataDelta {
    /// Everything is news: what a publisher is told when it begins.
    package mutating func loaded(_ image: MetadataImage) {
        for topic in image.topics.all { changed(topic.id) }
        configsChanged = Set(image.configs.keys)
        brokersChanged = true
        quotasChanged = true
    }
}
