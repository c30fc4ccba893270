import BrokerPluginAPI

extension BrokerKeys {
    /// The quorum of the controllers.
    static let quorum: [ConfigDefinition] = [
        key("controller.quorum.voters", .list, "", "The voters of the metadata quorum, as id@host:port."),
        key("controller.quorum.bootstrap.servers", .list, "", "Where to find the metadata quorum, as host:port."),
        key(
            "controller.quorum.election.timeout.ms", .int, "1000",
            "How long a voter waits for a leader before it asks for an election.", .positive),
        key(
            "controller.quorum.fetch.timeout.ms", .int, "2000",
            "How long a voter waits for its leader's answers before it asks for an election.", .positive),
        key(
            "controller.quorum.election.backoff.max.ms", .int, "1000", "The longest pause before another election.",
            .positive),
        inert(
            "controller.quorum.append.linger.ms", .int, "25",
            "How long records of the metadata are gathered before they are written."),
        inert("controller.quorum.request.timeout.ms", .int, "2000", "How long a request to another voter may take."),
        inert(
            "controller.quorum.retry.backoff.ms", .int, "20", "How long a voter rests before it repeats a request."),
        inert(
            "controller.quorum.auto.join.enable", .boolean, "false",
            "Whether a controller that is no voter makes itself one (KIP-1186)."),
        inert(
            "controller.quorum.fetch.max.bytes", .int, "1048576",
            "How many bytes of the metadata log are fetched at once.", .positive),
        inert(
            "controller.quorum.fetch.snapshot.max.bytes", .int, "1048576",
            "How many bytes of a metadata snapshot are fetched at once.", .positive),
        inert(
            "controller.performance.sample.period.ms", .long, "60000",
            "How often the controller's speed is logged.", .positive),
        inert(
            "controller.performance.always.log.threshold.ms", .long, "2000",
            "How long one event of the controller takes that is always logged.", .notNegative),
    ]

    /// The metadata log.
    static let metadataLog: [ConfigDefinition] = [
        key("metadata.log.dir", .string, nil, "Where the metadata log is kept; in the first of log.dirs if not set."),
        key(
            "metadata.log.segment.bytes", .int, "1073741824", "The size of a segment of the metadata log.", .positive),
        key("metadata.log.segment.ms", .long, "604800000", "The age of a segment of the metadata log.", .positive),
        key(
            "metadata.log.max.record.bytes.between.snapshots", .long, "20971520",
            "After how many bytes of new records a snapshot of the metadata is made.", .positive),
        key(
            "metadata.log.max.snapshot.interval.ms", .long, "3600000",
            "After how long a snapshot of the metadata is made, if there are new records; 0 for never.", .notNegative),
        key(
            "metadata.max.retention.bytes", .long, "104857600",
            "How large the metadata log and its snapshots may be before the oldest are deleted.",
            .range(-1...Int64.max)),
        inert(
            "metadata.max.retention.ms", .long, "604800000",
            "How old the metadata log and its snapshots may be before the oldest are deleted."),
        inert(
            "metadata.max.idle.interval.ms", .int, "500",
            "How often an idle controller writes a record that changes nothing; 0 for never.", .notNegative),
    ]
}
