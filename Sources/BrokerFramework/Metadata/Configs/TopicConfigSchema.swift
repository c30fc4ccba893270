public import BrokerPluginAPI

extension ConfigSchema {
    /// Kafka 4.3's topic configs.
    public static let topic = ConfigSchema([
        ConfigDefinition(
            "cleanup.policy", .list, "delete", .listOf(["delete", "compact"]),
            synonyms: [ConfigSynonym("log.cleanup.policy")],
            documentation:
                "What happens to old records: 'delete' drops old segments, 'compact' keeps the latest record of each key."
        ),
        ConfigDefinition(
            "compression.type", .string, "producer",
            .oneOf(["uncompressed", "gzip", "snappy", "lz4", "zstd", "producer"]),
            synonyms: [ConfigSynonym("compression.type")],
            documentation: "The codec that batches are stored with; 'producer' keeps what the producer chose."),
        ConfigDefinition(
            "compression.gzip.level", .int, "-1", .rangeOrDefault(1...9),
            synonyms: [ConfigSynonym("compression.gzip.level")],
            documentation: "The level used where the broker itself compresses with gzip."),
        ConfigDefinition(
            "compression.lz4.level", .int, "9", .range(1...17), synonyms: [ConfigSynonym("compression.lz4.level")],
            documentation: "The level used where the broker itself compresses with lz4."),
        ConfigDefinition(
            "compression.zstd.level", .int, "3", .range(-131072...22),
            synonyms: [ConfigSynonym("compression.zstd.level")],
            documentation: "The level used where the broker itself compresses with zstd."),
        ConfigDefinition(
            "delete.retention.ms", .long, "86400000", .range(0...Int64.max),
            synonyms: [ConfigSynonym("log.cleaner.delete.retention.ms")],
            documentation: "How long a tombstone stays in a compacted topic after it was first cleaned."),
        ConfigDefinition(
            "file.delete.delay.ms", .long, "60000", .range(0...Int64.max),
            synonyms: [ConfigSynonym("log.segment.delete.delay.ms")],
            documentation: "How long the file of a deleted segment stays before it is removed."),
        ConfigDefinition(
            "flush.messages", .long, "9223372036854775807", .range(1...Int64.max),
            synonyms: [ConfigSynonym("log.flush.interval.messages")],
            documentation:
                "After how many records the log is flushed to the disk. With 1, every acknowledged record is on the disk."
        ),
        ConfigDefinition(
            "flush.ms", .long, "9223372036854775807", .range(0...Int64.max),
            synonyms: [ConfigSynonym("log.flush.interval.ms"), ConfigSynonym("log.flush.scheduler.interval.ms")],
            documentation: "After how long the log is flushed to the disk."),
        ConfigDefinition(
            "follower.replication.throttled.replicas", .list, "", hasEffect: false,
            documentation: "The replicas, as partition:broker or *, whose fetching is throttled on the follower's side."
        ),
        ConfigDefinition(
            "index.interval.bytes", .int, "4096", .range(0...Int64(Int32.max)),
            synonyms: [ConfigSynonym("log.index.interval.bytes")],
            documentation: "How many bytes of the log lie between two entries of its index."),
        ConfigDefinition(
            "leader.replication.throttled.replicas", .list, "", hasEffect: false,
            documentation: "The replicas, as partition:broker or *, whose fetching is throttled on the leader's side."),
        ConfigDefinition(
            "local.retention.bytes", .long, "-2", .range(-2...Int64.max),
            synonyms: [ConfigSynonym("log.local.retention.bytes")], hasEffect: false,
            documentation: "How many bytes of a tiered partition stay on the broker's disk; -2 for retention.bytes."),
        ConfigDefinition(
            "local.retention.ms", .long, "-2", .range(-2...Int64.max),
            synonyms: [ConfigSynonym("log.local.retention.ms")], hasEffect: false,
            documentation: "How long segments of a tiered partition stay on the broker's disk; -2 for retention.ms."),
        ConfigDefinition(
            "max.compaction.lag.ms", .long, "9223372036854775807", .range(1...Int64.max),
            synonyms: [ConfigSynonym("log.cleaner.max.compaction.lag.ms")],
            documentation: "The longest time a record may stay uncompacted."),
        ConfigDefinition(
            "max.message.bytes", .int, "1048588", .range(0...Int64(Int32.max)),
            synonyms: [ConfigSynonym("message.max.bytes")],
            documentation: "The largest batch of records that is accepted, in bytes, as it is sent."),
        ConfigDefinition(
            "message.timestamp.after.max.ms", .long, "3600000", .range(0...Int64.max),
            synonyms: [ConfigSynonym("log.message.timestamp.after.max.ms")],
            documentation: "How far in the future a record's timestamp may lie."),
        ConfigDefinition(
            "message.timestamp.before.max.ms", .long, "9223372036854775807", .range(0...Int64.max),
            synonyms: [ConfigSynonym("log.message.timestamp.before.max.ms")],
            documentation: "How far in the past a record's timestamp may lie."),
        ConfigDefinition(
            "message.timestamp.type", .string, "CreateTime", .oneOf(["CreateTime", "LogAppendTime"]),
            synonyms: [ConfigSynonym("log.message.timestamp.type")],
            documentation: "Whether a record's timestamp is the producer's or the time the broker appended it."),
        ConfigDefinition(
            "min.cleanable.dirty.ratio", .double, "0.5", .fraction(0...1),
            synonyms: [ConfigSynonym("log.cleaner.min.cleanable.ratio")],
            documentation: "The share of a compacted log that must be uncompacted before it is cleaned again."),
        ConfigDefinition(
            "min.compaction.lag.ms", .long, "0", .range(0...Int64.max),
            synonyms: [ConfigSynonym("log.cleaner.min.compaction.lag.ms")],
            documentation: "The shortest time a record stays uncompacted."),
        ConfigDefinition(
            "min.insync.replicas", .int, "1", .range(1...Int64(Int32.max)),
            synonyms: [ConfigSynonym("min.insync.replicas")],
            documentation: "How many replicas must be in sync for a produce with acks=all to be accepted."),
        ConfigDefinition(
            "preallocate", .boolean, "false", synonyms: [ConfigSynonym("log.preallocate")],
            documentation: "Whether the whole file of a segment is allocated when it is made."),
        ConfigDefinition(
            "remote.log.copy.disable", .boolean, "false", hasEffect: false,
            documentation: "Whether nothing more is copied to remote storage, while what is there stays readable."),
        ConfigDefinition(
            "remote.log.delete.on.disable", .boolean, "false", hasEffect: false,
            documentation: "Whether what is in remote storage is deleted when remote.storage.enable is taken back."),
        ConfigDefinition(
            "remote.storage.enable", .boolean, "false", hasEffect: false,
            documentation: "Whether old segments move to remote storage. There is none here: only false is accepted."),
        ConfigDefinition(
            "retention.bytes", .long, "-1", .range(-1...Int64.max), synonyms: [ConfigSynonym("log.retention.bytes")],
            documentation: "The size of a partition above which its oldest segments are deleted; -1 for no limit."),
        ConfigDefinition(
            "retention.ms", .long, "604800000", .range(-1...Int64.max),
            synonyms: [
                ConfigSynonym("log.retention.ms"), ConfigSynonym("log.retention.minutes", factor: 60_000),
                ConfigSynonym("log.retention.hours", factor: 3_600_000),
            ],
            documentation: "The age above which segments are deleted; -1 for no limit."),
        ConfigDefinition(
            "segment.bytes", .int, "1073741824", .range(1_048_576...Int64(Int32.max)),
            synonyms: [ConfigSynonym("log.segment.bytes")],
            documentation: "The size of a segment file above which a new one is begun."),
        ConfigDefinition(
            "segment.index.bytes", .int, "10485760", .range(4...Int64(Int32.max)),
            synonyms: [ConfigSynonym("log.index.size.max.bytes")],
            documentation: "The largest size of a segment's index file."),
        ConfigDefinition(
            "segment.jitter.ms", .long, "0", .range(0...Int64.max),
            synonyms: [
                ConfigSynonym("log.roll.jitter.ms"), ConfigSynonym("log.roll.jitter.hours", factor: 3_600_000),
            ],
            documentation:
                "How much earlier, at most and by chance, a segment is ended by its age, so that not all end at once."),
        ConfigDefinition(
            "segment.ms", .long, "604800000", .range(1...Int64.max),
            synonyms: [ConfigSynonym("log.roll.ms"), ConfigSynonym("log.roll.hours", factor: 3_600_000)],
            documentation: "The age of a segment above which a new one is begun."),
        ConfigDefinition(
            "unclean.leader.election.enable", .boolean, "false",
            synonyms: [ConfigSynonym("unclean.leader.election.enable")], hasEffect: false,
            documentation:
                "Whether a replica that is not in sync may become leader, losing records, when no other is left."),
    ])
}
