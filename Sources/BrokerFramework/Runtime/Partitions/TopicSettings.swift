package import BrokerCommitLog
package import BrokerMetadata
internal import BrokerModel

/// A topic's configuration, shared by its partitions until another one takes its place.
package final class TopicSettings: Sendable {
    package let config: TopicConfig

    package init(_ config: TopicConfig) { self.config = config }

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
