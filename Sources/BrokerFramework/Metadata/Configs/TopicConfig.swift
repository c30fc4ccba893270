public import BrokerModel
internal import BrokerPluginAPI

/// A topic's configuration, typed: what the topic sets over what the broker sets over the defaults.
public struct TopicConfig: Hashable, Sendable {
    public var cleanupPolicies: [String]
    /// Nil keeps the producer's codec.
    public var compression: CompressionType?
    public var gzipLevel: Int
    public var lz4Level: Int
    public var zstdLevel: Int
    public var deleteRetentionMilliseconds: Int64
    public var fileDeleteDelayMilliseconds: Int64
    public var flushMessages: Int64
    public var flushMilliseconds: Int64
    public var indexIntervalBytes: Int
    public var maxMessageBytes: Int
    public var timestampAfterMaxMilliseconds: Int64
    public var timestampBeforeMaxMilliseconds: Int64
    public var timestampType: TimestampType
    public var minInSyncReplicas: Int
    public var preallocate: Bool
    public var retentionBytes: Int64
    public var retentionMilliseconds: Int64
    public var segmentBytes: Int
    public var segmentIndexBytes: Int
    public var segmentJitterMilliseconds: Int64
    public var segmentMilliseconds: Int64
    public var partitionerVerification: PartitionerVerification
    /// The storage that keeps the topic's logs; nil where the broker knows of only one.
    public var storage: String?

    /// Whether the policies have `compact` among them, which makes keys a duty.
    public var isCompacted: Bool { cleanupPolicies.contains("compact") }
    public var isDeleted: Bool { cleanupPolicies.contains("delete") }
    /// Whether records may go by themselves one day.
    public var isCleaned: Bool {
        cleanupPolicies.contains { $0 != "delete" || retentionMilliseconds >= 0 || retentionBytes >= 0 }
    }

    /// - Parameter lookup: the text set for a key, nil for the default. Values were validated when they were set.
    public init(_ lookup: (String) -> String?) {
        func text(_ name: String) -> String { Self.text(name, lookup) }
        func long(_ name: String) -> Int64 { Int64(text(name)) ?? Int64(ConfigSchema.topic[name]?.standard ?? "") ?? 0 }
        func int(_ name: String) -> Int { Int(long(name)) }
        cleanupPolicies = ConfigDefinition.items(of: text("cleanup.policy"))
        compression = CompressionType(name: text("compression.type"))
        gzipLevel = int("compression.gzip.level")
        lz4Level = int("compression.lz4.level")
        zstdLevel = int("compression.zstd.level")
        deleteRetentionMilliseconds = long("delete.retention.ms")
        fileDeleteDelayMilliseconds = long("file.delete.delay.ms")
        flushMessages = long("flush.messages")
        flushMilliseconds = long("flush.ms")
        indexIntervalBytes = int("index.interval.bytes")
        maxMessageBytes = int("max.message.bytes")
        timestampAfterMaxMilliseconds = long("message.timestamp.after.max.ms")
        timestampBeforeMaxMilliseconds = long("message.timestamp.before.max.ms")
        timestampType = text("message.timestamp.type") == "LogAppendTime" ? .logAppendTime : .createTime
        minInSyncReplicas = int("min.insync.replicas")
        preallocate = text("preallocate") == "true"
        retentionBytes = long("retention.bytes")
        retentionMilliseconds = long("retention.ms")
        segmentBytes = int("segment.bytes")
        segmentIndexBytes = int("segment.index.bytes")
        segmentJitterMilliseconds = long("segment.jitter.ms")
        segmentMilliseconds = long("segment.ms")
        storage = lookup(PluginKind.storage.prefix)
        partitionerVerification = lookup("partitioner.verify").flatMap { PartitionerVerification(rawValue: $0) } ?? .off
    }

    private static func text(_ name: String, _ lookup: (String) -> String?) -> String {
        let definition = ConfigSchema.topic[name]
        return lookup(name).map { definition?.normalized($0) ?? $0 } ?? definition?.standard ?? ""
    }

    /// What is wrong between the values of several keys; nil if nothing is.
    ///
    /// - Parameters:
    ///   - changed: the keys that are set now.
    ///   - lookup: what holds for each key, defaults included.
    public static func conflict(
        changed: some Sequence<String>, schemas: ConfigSchemas, _ lookup: (String) -> String?
    ) -> String? {
        func long(_ name: String) -> Int64 { Int64(text(name, lookup)) ?? 0 }
        let (least, most) = (long("min.compaction.lag.ms"), long("max.compaction.lag.ms"))
        if least > most {
            return "min.compaction.lag.ms (\(least)) must not be above max.compaction.lag.ms (\(most))."
        }
        if text("remote.storage.enable", lookup) == "true" {
            return "remote.storage.enable must stay false: this broker has no tiered storage."
        }
        return schemas.problem(changed: changed, lookup)
    }

    /// The level the topic sets for a codec of ours; nil where the codec's own default holds.
    public func level(of compression: CompressionType) -> Int? {
        switch compression {
        case .gzip: gzipLevel == -1 ? nil : gzipLevel
        case .lz4: lz4Level
        case .zstd: zstdLevel
        case .none, .snappy, .custom5, .custom6, .custom7: nil
        }
    }
}
