import BrokerPluginAPI

extension BrokerKeys {
    /// Tiered storage (KIP-405), which is not served.
    static let remoteStorage: [ConfigDefinition] = [
        inert("remote.log.storage.system.enable", .boolean, "false", "Whether there is tiered storage."),
        inert("remote.log.storage.manager.class.name", .string, nil, "The plug-in that keeps segments remotely."),
        inert("remote.log.storage.manager.class.path", .string, nil, "Where that plug-in is found."),
        inert("remote.log.storage.manager.impl.prefix", .string, "rsm.config.", "What that plug-in's keys begin with."),
        inert(
            "remote.log.metadata.manager.class.name", .string,
            "org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager",
            "The plug-in that knows which segments are kept remotely."),
        inert("remote.log.metadata.manager.class.path", .string, nil, "Where that plug-in is found."),
        inert(
            "remote.log.metadata.manager.impl.prefix", .string, "rlmm.config.", "What that plug-in's keys begin with."),
        inert("remote.log.metadata.manager.listener.name", .string, nil, "The listener that plug-in connects to."),
        inert(
            "remote.log.metadata.custom.metadata.max.bytes", .int, "128",
            "How much of its own the storage plug-in may keep with a segment.", .notNegative),
        inert(
            "remote.log.index.file.cache.total.size.bytes", .long, "1073741824",
            "The room for indexes of remote segments on the local disk.", .positive, changes: .clusterWide),
        inert(
            "remote.log.index.file.cache.ttl.ms", .long, "900000", "How long such an index stays unused.", .positive),
        inert(
            "remote.log.manager.thread.pool.size", .int, "2",
            "The older name of remote.log.manager.follower.thread.pool.size.", .positive),
        inert(
            "remote.log.manager.follower.thread.pool.size", .int, "2", "How many threads follow remote logs.",
            .positive,
            changes: .clusterWide),
        inert(
            "remote.log.manager.copier.thread.pool.size", .int, "10", "How many threads copy segments.", .positive,
            changes: .clusterWide),
        inert(
            "remote.log.manager.expiration.thread.pool.size", .int, "10", "How many threads delete remote segments.",
            .positive, changes: .clusterWide),
        inert(
            "remote.log.manager.task.interval.ms", .long, "30000", "How often segments to copy are looked for.",
            .positive),
        inert("remote.log.manager.task.retry.backoff.ms", .long, "500", "The rest after a failure.", .positive),
        inert("remote.log.manager.task.retry.backoff.max.ms", .long, "30000", "The longest such rest.", .positive),
        inert(
            "remote.log.manager.task.retry.jitter", .double, "0.2", "How much such a rest varies by chance.",
            .fraction(0...0.5)),
        inert(
            "remote.log.manager.copy.max.bytes.per.second", .long, "9223372036854775807",
            "How many bytes a second may be copied to remote storage.", .positive, changes: .clusterWide),
        inert(
            "remote.log.manager.copy.quota.window.num", .int, "11", "Over how many windows that is measured.", .positive
        ),
        inert("remote.log.manager.copy.quota.window.size.seconds", .int, "1", "How long such a window is.", .positive),
        inert(
            "remote.log.manager.fetch.max.bytes.per.second", .long, "9223372036854775807",
            "How many bytes a second may be read from remote storage.", .positive, changes: .clusterWide),
        inert(
            "remote.log.manager.fetch.quota.window.num", .int, "11", "Over how many windows that is measured.",
            .positive),
        inert("remote.log.manager.fetch.quota.window.size.seconds", .int, "1", "How long such a window is.", .positive),
        inert(
            "remote.log.reader.threads", .int, "10", "How many threads read from remote storage.", .positive,
            changes: .clusterWide),
        inert(
            "remote.log.reader.max.pending.tasks", .int, "100", "How many reads may wait for those threads.", .positive),
        inert(
            "remote.fetch.max.wait.ms", .int, "500", "How long a fetch may wait for remote storage.", .positive,
            changes: .clusterWide),
        inert(
            "remote.list.offsets.request.timeout.ms", .long, "30000",
            "How long a lookup of an offset may wait for remote storage.", .positive, changes: .clusterWide),
    ]
}
