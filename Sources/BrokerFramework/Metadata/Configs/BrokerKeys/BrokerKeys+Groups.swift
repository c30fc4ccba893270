import BrokerPluginAPI

extension BrokerKeys {
    /// The group coordinator, classic groups, and committed offsets.
    static let groups: [ConfigDefinition] = [
        key(
            "group.initial.rebalance.delay.ms", .int, "3000",
            "How long a new classic group waits for more members before its first rebalance.", .notNegative),
        key(
            "group.min.session.timeout.ms", .int, "6000", "The shortest session timeout of a classic member.",
            .notNegative),
        key(
            "group.max.session.timeout.ms", .int, "1800000", "The longest session timeout of a classic member.",
            .notNegative),
        key("group.max.size", .int, "2147483647", "How many members a classic group may have.", .positive),
        inert(
            "group.coordinator.rebalance.protocols", .list, "classic,consumer,streams",
            "The kinds of groups that are served.", .listOf(["classic", "consumer", "share", "streams"])),
        inert("group.coordinator.threads", .int, "4", "How many threads serve groups.", .positive),
        inert(
            "group.coordinator.background.threads", .int, "2",
            "How many threads work on groups without a request waiting.", .positive),
        inert(
            "group.coordinator.append.linger.ms", .int, "-1",
            "How long records of groups are gathered before they are written; -1 adapts to the load.",
            .range(-1...Int64(Int32.max))),
        inert(
            "group.coordinator.cached.buffer.max.bytes", .int, "1048588",
            "How large a buffer for records of groups may be to be kept for the next ones.", .range(524_288...Int64.max)
        ),
        key(
            "offset.metadata.max.bytes", .int, "4096", "The longest text that may be committed with an offset.",
            .notNegative),
        inert(
            "offsets.load.buffer.size", .int, "5242880", "How many bytes are read at once when offsets are loaded.",
            .positive),
        key(
            "offsets.topic.replication.factor", .short, "3",
            "The replicas of __consumer_offsets; fewer where there are fewer brokers.",
            .range(1...Int64(Int16.max))),
        key(
            "offsets.topic.num.partitions", .int, "50",
            "The partitions of __consumer_offsets. Do not change it once the topic exists.", .positive),
        key(
            "offsets.topic.segment.bytes", .int, "104857600", "The size of a segment of __consumer_offsets.",
            .positive),
        inert(
            "offsets.topic.compression.codec", .int, "0",
            "The codec of __consumer_offsets: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.", .range(0...4)),
        key(
            "offsets.retention.minutes", .int, "10080",
            "How long the offsets of a group without members are kept, in minutes.", .positive),
        key(
            "offsets.retention.check.interval.ms", .long, "600000", "How often offsets that are due are looked for.",
            .positive),
        inert(
            "offsets.commit.timeout.ms", .int, "5000", "How long a commit of offsets may wait for the replicas.",
            .positive),
    ]

    /// Consumer groups of KIP-848.
    static let consumerGroups: [ConfigDefinition] = [
        inert(
            "group.consumer.session.timeout.ms", .int, "45000",
            "How long a member of a consumer group may be silent before it is removed.", .positive),
        inert(
            "group.consumer.min.session.timeout.ms", .int, "45000", "The shortest such time a group may set.", .positive
        ),
        inert(
            "group.consumer.max.session.timeout.ms", .int, "60000", "The longest such time a group may set.", .positive),
        inert(
            "group.consumer.heartbeat.interval.ms", .int, "5000", "How often a member of a consumer group reports.",
            .positive),
        inert(
            "group.consumer.min.heartbeat.interval.ms", .int, "5000", "The shortest such time a group may set.",
            .positive),
        inert(
            "group.consumer.max.heartbeat.interval.ms", .int, "15000", "The longest such time a group may set.",
            .positive),
        inert(
            "group.consumer.assignment.interval.ms", .int, "1000",
            "How long lies at least between two assignments of a consumer group.", .notNegative),
        inert(
            "group.consumer.min.assignment.interval.ms", .int, "0", "The shortest such time a group may set.",
            .notNegative),
        inert(
            "group.consumer.max.assignment.interval.ms", .int, "15000", "The longest such time a group may set.",
            .notNegative),
        inert("group.consumer.max.size", .int, "2147483647", "How many members a consumer group may have.", .positive),
        inert(
            "group.consumer.assignors", .list, "uniform,range",
            "The assignors on the broker's side; the first is the default."),
        inert(
            "group.consumer.migration.policy", .string, "bidirectional",
            "Which groups may turn from classic to consumer groups and back.",
            .oneOf(["bidirectional", "upgrade", "downgrade", "disabled"])),
        inert(
            "group.consumer.regex.refresh.interval.ms", .int, "600000",
            "How often subscriptions by pattern are matched against the topics again.",
            .range(10_000...Int64(Int32.max))),
    ]

    /// Streams groups of KIP-1071.
    static let streamsGroups: [ConfigDefinition] = [
        inert(
            "group.streams.session.timeout.ms", .int, "45000",
            "How long a member of a streams group may be silent before it is removed.", .positive),
        inert(
            "group.streams.min.session.timeout.ms", .int, "45000", "The shortest such time a group may set.", .positive),
        inert(
            "group.streams.max.session.timeout.ms", .int, "60000", "The longest such time a group may set.", .positive),
        inert(
            "group.streams.heartbeat.interval.ms", .int, "5000", "How often a member of a streams group reports.",
            .positive),
        inert(
            "group.streams.min.heartbeat.interval.ms", .int, "5000", "The shortest such time a group may set.",
            .positive),
        inert(
            "group.streams.max.heartbeat.interval.ms", .int, "15000", "The longest such time a group may set.",
            .positive),
        inert(
            "group.streams.assignment.interval.ms", .int, "1000",
            "How long lies at least between two assignments of a streams group.", .notNegative),
        inert(
            "group.streams.min.assignment.interval.ms", .int, "0", "The shortest such time a group may set.",
            .notNegative),
        inert(
            "group.streams.max.assignment.interval.ms", .int, "15000", "The longest such time a group may set.",
            .notNegative),
        inert("group.streams.max.size", .int, "2147483647", "How many members a streams group may have.", .positive),
        inert(
            "group.streams.num.standby.replicas", .int, "0", "How many standby copies of each state store are kept.",
            .notNegative),
        inert(
            "group.streams.max.standby.replicas", .int, "2", "The most standby copies a group may set.", .notNegative),
        inert(
            "group.streams.initial.rebalance.delay.ms", .int, "3000",
            "How long a new streams group waits for more members before its first assignment.", .notNegative),
    ]
}
