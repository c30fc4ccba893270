package import BrokerCoordinators
package import BrokerMetadata

extension GroupSettings {
    /// What the broker's configuration says about groups.
    package init(_ config: BrokerConfig) {
        self.init()
        func integer(_ key: String) -> Int32 { Int32(clamping: config.long(key)) }
        initialRebalanceDelay = config.long("group.initial.rebalance.delay.ms")
        let shortest = integer("group.min.session.timeout.ms")
        sessionTimeouts = shortest...max(shortest, integer("group.max.session.timeout.ms"))
        maximumSize = config.int("group.max.size")
        maximumOffsetMetadataByteCount = config.int("offset.metadata.max.bytes")
        offsetsRetention = config.long("offsets.retention.minutes") * 60_000
        retentionCheckInterval = config.long("offsets.retention.check.interval.ms")
    }
}
