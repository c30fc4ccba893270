import BrokerPluginAPI

extension BrokerKeys {
    /// The log directories and what is done to logs from time to time.
    static let logs: [ConfigDefinition] = [
        key("log.dir", .list, "/tmp/kafka-logs", "Where the records are kept, if log.dirs is not set."),
        key("log.dirs", .list, nil, "Where the records are kept."),
        inert(
            "cordoned.log.dirs", .list, "",
            "The log directories that get no new partitions (KIP-1066); * for all of them.", changes: .perBroker),
        inert(
            "log.dir.failure.timeout.ms", .long, "30000",
            "How long a broker may fail to tell the controller of a failed log directory before it stops.", .positive),
        key(
            "log.retention.check.interval.ms", .long, "300000",
            "How often the segments are looked through for what retention lets go.", .positive),
        inert(
            "log.initial.task.delay.ms", .long, "30000", "How long after the start the first round of upkeep comes.",
            .notNegative),
        key(
            "log.flush.offset.checkpoint.interval.ms", .int, "60000",
            "How often it is noted how far each log has been flushed, where it starts, and its high watermark.",
            .notNegative),
        inert(
            "log.flush.start.offset.checkpoint.interval.ms", .int, "60000",
            "How often each log's start offset is noted. Here log.flush.offset.checkpoint.interval.ms says so.",
            .notNegative),
        inert(
            "replica.high.watermark.checkpoint.interval.ms", .long, "5000",
            "How often the high watermarks are noted. Here log.flush.offset.checkpoint.interval.ms says so.",
            .notNegative),
        key(
            "producer.id.expiration.ms", .int, "86400000",
            "How long a producer may be silent before its sequence numbers are forgotten.", .positive,
            changes: .clusterWide),
        inert(
            "producer.id.expiration.check.interval.ms", .int, "600000",
            "How often silent producers are looked for. Here log.retention.check.interval.ms says so.", .positive),
    ]

    /// The log cleaner, which compacts.
    static let cleaner: [ConfigDefinition] = [
        key("log.cleaner.enable", .boolean, "true", "Whether logs are compacted."),
        inert(
            "log.cleaner.threads", .int, "1", "How many threads compact logs.", .notNegative, changes: .clusterWide),
        inert(
            "log.cleaner.dedupe.buffer.size", .long, "134217728",
            "The memory in bytes, over all threads, for the map from keys to their latest offset.",
            changes: .clusterWide),
        inert(
            "log.cleaner.io.buffer.size", .int, "524288",
            "The memory in bytes, over all threads, for reading and writing while compacting.", .notNegative,
            changes: .clusterWide),
        inert(
            "log.cleaner.io.buffer.load.factor", .double, "0.9",
            "How full the map from keys to offsets may become: fuller holds more keys and collides more.",
            changes: .clusterWide),
        inert(
            "log.cleaner.io.max.bytes.per.second", .double, "1.7976931348623157E308",
            "How many bytes a second the cleaner may read and write.", changes: .clusterWide),
        key(
            "log.cleaner.backoff.ms", .long, "15000", "How long the cleaner rests between two rounds.", .notNegative),
    ]
}
