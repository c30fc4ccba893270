import BrokerPluginAPI

extension BrokerKeys {
    /// Share groups of KIP-932 and their coordinator.
    static let shareGroups: [ConfigDefinition] = [
        inert(
            "group.share.session.timeout.ms", .int, "45000",
            "How long a member of a share group may be silent before it is removed.", .positive),
        inert(
            "group.share.min.session.timeout.ms", .int, "45000", "The shortest such time a group may set.", .positive),
        inert("group.share.max.session.timeout.ms", .int, "60000", "The longest such time a group may set.", .positive),
        inert(
            "group.share.heartbeat.interval.ms", .int, "5000", "How often a member of a share group reports.", .positive
        ),
        inert(
            "group.share.min.heartbeat.interval.ms", .int, "5000", "The shortest such time a group may set.", .positive),
        inert(
            "group.share.max.heartbeat.interval.ms", .int, "15000", "The longest such time a group may set.", .positive),
        inert(
            "group.share.assignment.interval.ms", .int, "1000",
            "How long lies at least between two assignments of a share group.", .notNegative),
        inert(
            "group.share.min.assignment.interval.ms", .int, "0", "The shortest such time a group may set.", .notNegative
        ),
        inert(
            "group.share.max.assignment.interval.ms", .int, "15000", "The longest such time a group may set.",
            .notNegative),
        inert("group.share.assignors", .list, "simple", "The assignor of share groups."),
        inert("group.share.max.size", .int, "200", "How many members a share group may have.", .range(1...1000)),
        inert(
            "group.share.max.share.sessions", .int, "2000", "How many share sessions the broker keeps.", .positive),
        inert(
            "group.share.delivery.count.limit", .int, "5",
            "How often a record is delivered before it is given up.", .range(2...25)),
        inert(
            "group.share.min.delivery.count.limit", .int, "2", "The smallest such number a group may set.",
            .range(2...5)),
        inert(
            "group.share.max.delivery.count.limit", .int, "10", "The largest such number a group may set.",
            .range(5...25)),
        inert(
            "group.share.record.lock.duration.ms", .int, "30000",
            "How long a delivered record is one consumer's alone.", .range(1000...3_600_000)),
        inert(
            "group.share.min.record.lock.duration.ms", .int, "15000", "The shortest such time a group may set.",
            .range(1000...30_000)),
        inert(
            "group.share.max.record.lock.duration.ms", .int, "60000", "The longest such time a group may set.",
            .range(30_000...3_600_000)),
        inert(
            "group.share.partition.max.record.locks", .int, "2000",
            "How many records of a partition may be delivered and not yet acknowledged.", .range(100...10_000)),
        inert(
            "group.share.min.partition.max.record.locks", .int, "100", "The smallest such number a group may set.",
            .positive),
        inert(
            "group.share.max.partition.max.record.locks", .int, "4000", "The largest such number a group may set.",
            .positive),
        inert(
            "group.share.initialize.retry.interval.ms", .int, "30000",
            "How long the coordinator waits before it tries to set up a share partition's state again.", .positive),
        inert(
            "group.share.persister.class.name", .string,
            "org.apache.kafka.server.share.persister.DefaultStatePersister",
            "The plug-in that keeps the state of share partitions."),
        inert("share.coordinator.threads", .int, "1", "How many threads keep the state of share groups.", .positive),
        inert(
            "share.coordinator.append.linger.ms", .int, "-1",
            "How long records of share groups are gathered before they are written; -1 adapts to the load.",
            .range(-1...Int64(Int32.max))),
        inert(
            "share.coordinator.cached.buffer.max.bytes", .int, "1048588",
            "How large a buffer for records of share groups may be to be kept for the next ones.",
            .range(524_288...Int64.max)),
        inert(
            "share.coordinator.load.buffer.size", .int, "5242880",
            "How many bytes are read at once when the state of share groups is loaded.", .positive),
        inert(
            "share.coordinator.write.timeout.ms", .int, "5000",
            "How long a change of a share group's state may wait for the replicas.", .positive),
        inert(
            "share.coordinator.snapshot.update.records.per.snapshot", .int, "500",
            "How many changes of a share partition's state come between two snapshots of it.", .range(0...500)),
        inert(
            "share.coordinator.cold.partition.snapshot.interval.ms", .int, "300000",
            "How old the snapshot of a share partition that rests may become.", .positive),
        inert(
            "share.coordinator.state.topic.prune.interval.ms", .int, "300000",
            "How often what snapshots made needless is deleted from the topic of the share groups.", .positive),
        inert(
            "share.coordinator.state.topic.num.partitions", .int, "50",
            "The partitions of the topic of the share groups. Do not change it once the topic exists.", .positive),
        inert(
            "share.coordinator.state.topic.replication.factor", .short, "3",
            "The replicas of the topic of the share groups.", .positive),
        inert(
            "share.coordinator.state.topic.min.isr", .short, "2",
            "How many replicas of the topic of the share groups must be in sync.", .positive),
        inert(
            "share.coordinator.state.topic.segment.bytes", .int, "104857600",
            "The size of a segment of the topic of the share groups.", .positive),
        inert(
            "share.coordinator.state.topic.compression.codec", .int, "0",
            "The codec of the topic of the share groups: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.", .range(0...4)),
    ]
}
