package import BrokerCommitLog
package import BrokerMetadata
package import BrokerModel
internal import BrokerPluginAPI

/// A topic's configuration and plug-ins, shared by its partitions until others take their place.
package final class TopicSettings: Sendable {
    package let config: TopicConfig
    package let plugins: TopicPlugins

    /// - Parameters:
    ///   - config: of this broker.
    ///   - partitionCount: how many partitions the topic has at the time of the call.
    package init(
        topic: String, image: MetadataImage, config: BrokerConfig,
        partitionCount: @escaping @Sendable () -> PartitionIndex
    ) {
        let lookup = config.topicLookup(topic, image: image)
        let topicConfig = TopicConfig(lookup)
        self.config = topicConfig
        plugins = TopicPlugins(
            config.schemas, verification: topicConfig.partitionerVerification, partitionCount: partitionCount,
            lookup: lookup)
    }

    /// What the log of a partition needs of it.
    package func logConfiguration(producerExpirationMilliseconds: Int64) -> LogConfiguration {
        var log = LogConfiguration()
        log.segmentBytes = config.segmentBytes
        log.segmentMilliseconds = config.segmentMilliseconds
        log.segmentJitterMilliseconds = config.segmentJitterMilliseconds
        log.indexIntervalBytes = config.indexIntervalBytes
        log.segmentIndexBytes = config.segmentIndexBytes
        log.maxMessageBytes = config.maxMessageBytes
        log.retentionBytes = config.retentionBytes
        log.retentionMilliseconds = config.retentionMilliseconds
        log.flushMessages = config.flushMessages
        log.flushMilliseconds = config.flushMilliseconds
        log.preallocate = config.preallocate
        log.messageTimestampType = config.timestampType
        log.isCompacted = config.isCompacted
        log.fileDeleteDelayMilliseconds = config.fileDeleteDelayMilliseconds
        log.producerExpirationMilliseconds = producerExpirationMilliseconds
        return log
    }
}
