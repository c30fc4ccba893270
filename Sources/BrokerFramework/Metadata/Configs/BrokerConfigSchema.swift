public import BrokerPluginAPI

extension ConfigSchema {
    /// The broker configs that have an effect here: the broker's own, and the defaults of the topic configs.
    public static let broker = ConfigSchema(ownBrokerKeys + topicTwins)

    private static let positive = ConfigRule.range(1...Int64.max)
    private static let notNegative = ConfigRule.range(0...Int64.max)

    private static let ownBrokerKeys: [ConfigDefinition] = [
        // Identity and listeners.
        key(
            "process.roles", .list, "broker,controller", .listOf(["broker", "controller"]), "The roles of this process."
        ),
        key("node.id", .int, "1", .range(0...Int64(Int32.max)), "The id of this node, unique in the cluster."),
        key("broker.rack", .string, nil, "The rack this broker stands in, told to clients."),
        key(
            "listeners", .list, "PLAINTEXT://:9092",
            "The addresses to listen on, as NAME://host:port."),
        key(
            "advertised.listeners", .list, nil,
            "The addresses told to clients, as NAME://host:port. Not set, a client is told the address it used itself."),
        key(
            "listener.security.protocol.map", .string, nil,
            "The security protocol of each listener, as NAME:PROTOCOL. Only PLAINTEXT is served so far."),
        key("inter.broker.listener.name", .string, nil, "The listener that brokers use among themselves."),
        key("controller.listener.names", .list, "CONTROLLER", "The listeners of the controller."),
        key("controller.quorum.voters", .list, "", "The voters of the metadata quorum, as id@host:port."),
        key("controller.quorum.bootstrap.servers", .list, "", "Where to find the metadata quorum, as host:port."),
        key(
            "controller.quorum.election.timeout.ms", .int, "1000", positive,
            "How long a voter waits for a leader before it asks for an election."),
        key(
            "controller.quorum.fetch.timeout.ms", .int, "2000", positive,
            "How long a voter waits for its leader's answers before it asks for an election."),
        key(
            "controller.quorum.election.backoff.max.ms", .int, "1000", positive,
            "The longest pause before another election."),
        // Network.
        key("num.network.threads", .int, nil, positive, "How many threads serve connections; one per core if not set."),
        key(
            "socket.request.max.bytes", .int, "104857600", positive,
            "The largest request in bytes. A larger one closes the connection."),
        key(
            "socket.send.buffer.bytes", .int, "102400", .range(-1...Int64(Int32.max)),
            "SO_SNDBUF of the connections; -1 leaves it to the system."),
        key(
            "socket.receive.buffer.bytes", .int, "102400", .range(-1...Int64(Int32.max)),
            "SO_RCVBUF of the connections; -1 leaves it to the system."),
        key("socket.listen.backlog.size", .int, "50", positive, "How many connections may wait to be accepted."),
        key(
            "connections.max.idle.ms", .long, "600000", .range(-1...Int64.max),
            "How long a connection may be idle before it is closed; -1 for ever."),
        key("max.connections", .int, "2147483647", notNegative, "How many connections are served at a time."),
        key(
            "max.connections.per.ip", .int, "2147483647", notNegative,
            "How many connections are served at a time from one address."),
        key(
            "queued.max.request.bytes", .long, "-1", .range(-1...Int64.max),
            "How many bytes of requests may be in hand before connections are no longer read; -1 for a quarter of the "
                + "memory."),
        key("queued.max.requests", .int, "500", positive, "How many requests of one connection may be unanswered."),
        key("request.timeout.ms", .int, "30000", positive, "How long a request to another node may take."),
        key(
            "max.request.partition.size.limit", .int, "2000", positive,
            "How many partitions one answer of DescribeTopicPartitions may hold."),
        // Logs.
        key("log.dir", .list, "/tmp/kafka-logs", "Where the records are kept, if log.dirs is not set."),
        key("log.dirs", .list, nil, "Where the records are kept."),
        key("metadata.log.dir", .string, nil, "Where the metadata log is kept; in the first of log.dirs if not set."),
        key("background.threads", .int, "10", positive, "How many threads flush, delete and recover."),
        key(
            "log.retention.check.interval.ms", .long, "300000", positive,
            "How often the segments are looked through for what retention lets go."),
        key(
            "log.flush.offset.checkpoint.interval.ms", .int, "60000", notNegative,
            "How often it is noted how far each log has been flushed."),
        key(
            "log.flush.start.offset.checkpoint.interval.ms", .int, "60000", notNegative,
            "How often each log's start offset is noted."),
        key(
            "replica.high.watermark.checkpoint.interval.ms", .long, "5000", notNegative,
            "How often the high watermarks are noted."),
        key(
            "producer.id.expiration.ms", .int, "86400000", positive,
            "How long a producer may be silent before its sequence numbers are forgotten."),
        // Topics.
        key("auto.create.topics.enable", .boolean, "true", "Whether a topic that is asked for is created."),
        key("delete.topic.enable", .boolean, "true", "Whether topics may be deleted."),
        key("num.partitions", .int, "1", positive, "The partitions of a topic whose creator does not say."),
        key(
            "default.replication.factor", .int, "1", .range(1...Int64(Int16.max)),
            "The replicas of a topic whose creator does not say."),
        // Fetching.
        key("fetch.max.bytes", .int, "57671680", .range(1024...Int64(Int32.max)), "The most bytes one fetch answers."),
        key(
            "max.incremental.fetch.session.cache.slots", .int, "1000", notNegative,
            "How many incremental fetch sessions are kept."),
        // Groups.
        key(
            "group.initial.rebalance.delay.ms", .int, "3000", notNegative,
            "How long the first members of a group wait for others before the first rebalance."),
        key("group.min.session.timeout.ms", .int, "6000", notNegative, "The shortest session a member may ask for."),
        key("group.max.session.timeout.ms", .int, "1800000", notNegative, "The longest session a member may ask for."),
        key("group.max.size", .int, "2147483647", positive, "The most members of one group."),
        key(
            "offset.metadata.max.bytes", .int, "4096", notNegative,
            "The longest text that may be committed beside an offset."),
        key(
            "offsets.retention.minutes", .int, "10080", positive,
            "How long offsets are kept once nobody in their group reads them."),
        key(
            "offsets.retention.check.interval.ms", .long, "600000", positive,
            "How often the offsets are looked through for those whose time is over."),
        key("offsets.topic.num.partitions", .int, "50", positive, "The partitions of __consumer_offsets."),
        key(
            "offsets.topic.replication.factor", .short, "3", .range(1...Int64(Int16.max)),
            "The replicas of __consumer_offsets; fewer where there are fewer brokers."),
        key(
            "offsets.topic.segment.bytes", .int, "104857600", positive, "The size of a segment of __consumer_offsets."),
        // Metadata.
        key("metadata.log.segment.bytes", .int, "1073741824", positive, "The size of a segment of the metadata log."),
        key("metadata.log.segment.ms", .long, "604800000", positive, "The age of a segment of the metadata log."),
        key(
            "metadata.log.max.record.bytes.between.snapshots", .long, "20971520", positive,
            "After how many bytes of new records a snapshot of the metadata is made."),
        key(
            "metadata.log.max.snapshot.interval.ms", .long, "3600000", notNegative,
            "After how long a snapshot of the metadata is made, if there are new records; 0 for never."),
        key(
            "metadata.max.retention.bytes", .long, "104857600", .range(-1...Int64.max),
            "How large the metadata log and its snapshots may be before the oldest are deleted."),
        // Plug-ins.
        key("authorizer.class.name", .string, "", "The plug-in that decides who may do what; empty allows everything."),
    ]

    /// The broker keys that topic configs take their defaults from.
    private static let topicTwins: [ConfigDefinition] = topic.definitions.flatMap { definition in
        definition.synonyms.enumerated().compactMap { position, synonym in
            // The strongest key carries the default, the weaker ones none, so that they do not hide it; only
            // retention and rolling have Kafka's default on the key that counts hours.
            var twin = definition
            twin.name = synonym.name
            twin.synonyms = []
            // Kafka lets only the key in the topic config's own unit be changed while the broker runs.
            twin.isReadOnly = synonym.factor > 1 || synonym.name == "log.flush.scheduler.interval.ms"
            let last = position == definition.synonyms.count - 1
            if definition.synonyms.count > 1 {
                twin.standard = last ? standard(of: definition, by: synonym) : nil
                if synonym.factor > 1 { twin.type = .int }
                if case .range(let range) = definition.rule, synonym.factor > 1 {
                    twin.rule = .range(range.lowerBound...Int64(Int32.max))
                }
            }
            twin.documentation += " The default of the topic config \(definition.name)."
            return twin
        }
    }

    private static func standard(of definition: ConfigDefinition, by synonym: ConfigSynonym) -> String? {
        guard let value = definition.standard.flatMap(Int64.init) else { return definition.standard }
        return String(value / synonym.factor)
    }

    private static func key(
        _ name: String, _ type: ConfigType, _ standard: String?, _ documentation: String
    ) -> ConfigDefinition {
        key(name, type, standard, .any, documentation)
    }

    private static func key(
        _ name: String, _ type: ConfigType, _ standard: String?, _ rule: ConfigRule = .any, _ documentation: String
    ) -> ConfigDefinition {
        ConfigDefinition(name, type, standard, rule, isReadOnly: true, documentation: documentation)
    }
}
