import BrokerPluginAPI

extension BrokerKeys {
    /// Connections, requests and threads.
    static let network: [ConfigDefinition] = [
        key(
            "num.network.threads", .int, nil, "How many threads serve connections; one per core if not set.", .positive),
        inert(
            "num.io.threads", .int, "8",
            "How many threads carry requests out. Here the threads of the connections do that.", .positive,
            changes: .clusterWide),
        key(
            "background.threads", .int, "10", "How many threads flush, delete and recover.", .positive,
            changes: .clusterWide),
        inert(
            "num.recovery.threads.per.data.dir", .int, "2",
            "How many threads open and close the logs of a directory. Here background.threads do that.", .positive,
            changes: .clusterWide),
        key(
            "socket.request.max.bytes", .int, "104857600",
            "The largest request in bytes. A larger one closes the connection.", .positive),
        key(
            "socket.send.buffer.bytes", .int, "102400", "SO_SNDBUF of the connections; -1 leaves it to the system.",
            .range(-1...Int64(Int32.max))),
        key(
            "socket.receive.buffer.bytes", .int, "102400", "SO_RCVBUF of the connections; -1 leaves it to the system.",
            .range(-1...Int64(Int32.max))),
        key("socket.listen.backlog.size", .int, "50", "How many connections may wait to be accepted.", .positive),
        inert(
            "socket.connection.setup.timeout.ms", .long, "10000", "How long connecting to another node may take.",
            .notNegative),
        inert(
            "socket.connection.setup.timeout.max.ms", .long, "30000",
            "What the time for connecting grows to after failures.", .notNegative),
        key(
            "connections.max.idle.ms", .long, "600000",
            "How long a connection may be idle before it is closed; -1 for ever.", .range(-1...Int64.max)),
        key(
            "max.connections", .int, "2147483647", "How many connections are served at a time.", .notNegative,
            changes: .clusterWide),
        key(
            "max.connections.per.ip", .int, "2147483647",
            "How many connections are served at a time from one address.", .notNegative, changes: .clusterWide),
        key(
            "max.connections.per.ip.overrides", .string, "",
            "Other limits for some addresses, as address:count with commas between them.", .countsByName,
            changes: .clusterWide),
        inert(
            "max.connection.creation.rate", .int, "2147483647", "How many connections are accepted in a second.",
            .notNegative, changes: .clusterWide),
        inert(
            "connection.failed.authentication.delay.ms", .int, "100",
            "How long a connection that failed to authenticate is kept before it is closed.", .notNegative),
        key(
            "queued.max.request.bytes", .long, "-1",
            "How many bytes of requests may be in hand before connections are no longer read; -1 for a quarter of the "
                + "memory.", .range(-1...Int64.max)),
        key("queued.max.requests", .int, "500", "How many requests of one connection may be unanswered.", .positive),
        inert("request.timeout.ms", .int, "30000", "How long a request to another node may take.", .positive),
        key(
            "max.request.partition.size.limit", .int, "2000",
            "How many partitions one answer of DescribeTopicPartitions may hold.", .positive),
        key(
            "fetch.max.bytes", .int, "57671680", "The most bytes one fetch answers.", .range(1024...Int64(Int32.max))),
        key(
            "max.incremental.fetch.session.cache.slots", .int, "1000",
            "How many incremental fetch sessions are kept.", .notNegative),
        inert(
            "fetch.purgatory.purge.interval.requests", .int, "1000",
            "After how many answered fetches the list of waiting ones is tidied. Here it needs no tidying."),
        inert(
            "producer.purgatory.purge.interval.requests", .int, "1000",
            "After how many answered produces the list of waiting ones is tidied. Here it needs no tidying."),
        inert(
            "delete.records.purgatory.purge.interval.requests", .int, "1",
            "After how many answered DeleteRecords the list of waiting ones is tidied. Here it needs no tidying."),
        inert(
            "share.fetch.purgatory.purge.interval.requests", .int, "1000",
            "After how many answered share fetches the list of waiting ones is tidied. Here it needs no tidying."),
    ]
}
