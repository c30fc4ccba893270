internal import BrokerCommitLog
package import BrokerMetadata
package import BrokerModel
internal import BrokerPluginAPI

/// A topic's configuration and plug-ins, shared by its partitions until others take their place.
package final class TopicSettings: Sendable {
    package let config: TopicConfig
    package let plugins: TopicPlugins
    private let containment: PluginContainment

    /// - Parameters:
    ///   - config: of this broker.
    ///   - partitionCount: how many partitions the topic has at the time of the call.
    package init(
        topic: String, image: MetadataImage, config: BrokerConfig,
        containment: PluginContainment, partitionCount: @escaping @Sendable () -> PartitionIndex
    ) {
        let lookup = config.topicLookup(topic, image: image)
        let topicConfig = TopicConfig(lookup)
        self.config = topicConfig
        self.containment = containment
        plugins = TopicPlugins(
            config.schemas, topic: topic, verification: topicConfig.partitionerVerification,
            partitionCount: partitionCount, containment: containment, lookup: lookup)
    }

    deinit { containment.forget(plugins.uses) }
}

extension LogConfiguration {
    /// What the log of a partition needs of its topic's configuration.
    init(_ config: TopicConfig, producerExpirationMilliseconds: Int64) {
        self.init()
        segmentBytes = config.segmentBytes
        segmentMilliseconds = config.segmentMilliseconds
        segmentJitterMilliseconds = config.segmentJitterMilliseconds
        indexIntervalBytes = config.indexIntervalBytes
        segmentIndexBytes = config.segmentIndexBytes
        maxMessageBytes = config.maxMessageBytes
        retentionBytes = config.retentionBytes
        retentionMilliseconds = config.retentionMilliseconds
        flushMessages = config.flushMessages
        flushMilliseconds = config.flushMilliseconds
        preallocate = config.preallocate
        messageTimestampType = config.timestampType
        isCompacted = config.isCompacted
        fileDeleteDelayMilliseconds = config.fileDeleteDelayMilliseconds
        self.producerExpirationMilliseconds = producerExpirationMilliseconds
    }
}
