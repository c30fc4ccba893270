import BrokerPluginAPI

extension BrokerKeys {
    /// Replication between brokers, which is not served yet.
    static let replication: [ConfigDefinition] = [
        inert(
            "replica.lag.time.max.ms", .long, "30000",
            "How long a follower may be behind before it is no longer in sync."),
        inert("num.replica.fetchers", .int, "1", "How many threads fetch from one leader.", changes: .clusterWide),
        inert(
            "replica.fetch.max.bytes", .int, "1048576", "How many bytes a follower fetches of one partition at once.",
            .notNegative),
        inert(
            "replica.fetch.response.max.bytes", .int, "10485760", "How many bytes a follower fetches at once in all.",
            .notNegative),
        inert("replica.fetch.min.bytes", .int, "1", "How many bytes a follower's fetch waits for."),
        inert("replica.fetch.wait.max.ms", .int, "500", "How long a follower's fetch waits for those bytes."),
        inert(
            "replica.fetch.backoff.ms", .int, "1000", "How long a follower rests after a fetch that failed.",
            .notNegative),
        inert("replica.socket.timeout.ms", .int, "30000", "How long a follower's request may take."),
        inert("replica.socket.receive.buffer.bytes", .int, "65536", "SO_RCVBUF of a follower's connections."),
        inert(
            "replica.selector.class", .string, nil,
            "The plug-in that chooses the replica a consumer reads from (KIP-392)."),
        inert(
            "num.replica.alter.log.dirs.threads", .int, nil,
            "How many threads move replicas between log directories; one per directory if not set."),
        inert("auto.leader.rebalance.enable", .boolean, "true", "Whether preferred leaders take over by themselves."),
        inert(
            "leader.imbalance.check.interval.seconds", .long, "300",
            "How often the controller looks whether preferred leaders should take over.", .positive),
        inert(
            "unclean.leader.election.interval.ms", .long, "300000",
            "How often the controller looks for partitions that only an unclean election can bring back.", .positive),
        inert("controller.socket.timeout.ms", .int, "30000", "How long a request to the controller may take."),
        inert(
            "follower.fetch.last.tiered.offset.enable", .boolean, "false",
            "Whether an empty follower begins behind what is in remote storage (KIP-1023).", changes: .clusterWide),
        inert(
            "leader.replication.throttled.rate", .long, "9223372036854775807",
            "How many bytes a second throttled replicas may be sent.", .notNegative, changes: .clusterWide),
        inert(
            "follower.replication.throttled.rate", .long, "9223372036854775807",
            "How many bytes a second throttled replicas may fetch.", .notNegative, changes: .clusterWide),
        inert(
            "replica.alter.log.dirs.io.max.bytes.per.second", .long, "9223372036854775807",
            "How many bytes a second may be moved between log directories.", .notNegative, changes: .clusterWide),
    ]
}
