package import BrokerCommitLog
package import BrokerMetadata
package import BrokerModel
internal import BrokerPluginAPI

/// A topic's configuration and plug-ins, shared by its partitions until others take their place.
package final class TopicSettings: Sendable {
    package let config: TopicConfig
    package let plugins: TopicPlugins
    /// Judges what producers send.
    let admission: BatchAdmission
    private let containment: PluginContainment

    /// - Parameters:
    ///   - config: of this broker.
    ///   - previous: what these take the place of.
    ///   - partitionCount: how many partitions the topic has at the time of the call.
    package init(
        topic: String, image: MetadataImage, config: BrokerConfig, codecs: CodecRegistry,
        containment: PluginContainment, previous: TopicSettings? = nil,
        partitionCount: @escaping @Sendable () -> PartitionIndex
    ) {
        let lookup = config.topicLookup(topic, image: image)
        let topicConfig = TopicConfig(lookup)
        self.config = topicConfig
        self.containment = containment
        plugins = TopicPlugins(
            config.schemas, topic: topic, codecs: codecs, verification: topicConfig.partitionerVerification,
            previous: previous?.plugins, partitionCount: partitionCount, containment: containment, lookup: lookup)
        admission = BatchAdmission(codecs: plugins.codecs)
    }

    deinit { containment.forget(plugins.uses) }
}

extension TopicConfig {
    /// What the log of a partition needs of it.
    package func logConfiguration(producerExpirationMilliseconds: Int64) -> LogConfiguration {
        var log = LogConfiguration()
        log.segmentBytes = segmentBytes
        log.segmentMilliseconds = segmentMilliseconds
        log.segmentJitterMilliseconds = segmentJitterMilliseconds
        log.indexIntervalBytes = indexIntervalBytes
        log.segmentIndexBytes = segmentIndexBytes
        log.maxMessageBytes = maxMessageBytes
        log.retentionBytes = retentionBytes
        log.retentionMilliseconds = retentionMilliseconds
        log.flushMessages = flushMessages
        log.flushMilliseconds = flushMilliseconds
        log.preallocate = preallocate
        log.messageTimestampType = timestampType
        log.isCompacted = isCompacted
        log.fileDeleteDelayMilliseconds = fileDeleteDelayMilliseconds
        log.producerExpirationMilliseconds = producerExpirationMilliseconds
        return log
    }
}
