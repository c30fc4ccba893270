import BrokerCommitLog
package import BrokerMetadata
package import BrokerModel
internal import BrokerPluginAPI
internal import BrokerPrimitives
internal import BrokerReplication
package import BrokerWorld
package import Logging
internal import Synchronization

/// The partitions this broker leads, made when they are first touched: one that nobody uses costs nothing.
///
/// Making one may block. Where it is in a storage that the topic has chosen, so may using it: requests ask for its place
/// first.
///
/// Also a publisher: it follows the cluster's metadata, and removes what was deleted.
package final class PartitionTable: Sendable {
    private struct Key: Hashable {
        var topic: TopicID
        var partition: PartitionIndex
    }

    private struct State {
        var partitions: [Key: Partition] = [:]
        /// The same by name: what is found here is led by this broker, so that hot requests ask nothing else.
        var byName: [TopicPartition: Partition] = [:]
        var settings: [TopicID: TopicSettings] = [:]
        /// What went in and out of partitions that are no longer here, so that the sum never shrinks.
        var departed = Traffic()

        mutating func remove(_ key: Key) -> Partition? {
            guard let partition = partitions.removeValue(forKey: key) else { return nil }
            if byName[partition.topic] === partition { byName[partition.topic] = nil }
            departed += partition.traffic
            return partition
        }
    }

    let metadata: MetadataView
    private let nodeID: NodeID
    private let storages: TopicStorages
    private let config: LiveBrokerConfig
    private let containment: PluginContainment
    private let codecs: CodecRegistry
    private let world: World
    private let logger: Logger
    private let state = Mutex(State())
    private let elsewhere: OtherStorages

    package init(
        metadata: MetadataView, nodeID: NodeID, storages: TopicStorages, config: LiveBrokerConfig,
        codecs: CodecRegistry, containment: PluginContainment, world: World, logger: Logger
    ) {
        self.metadata = metadata
        self.nodeID = nodeID
        self.storages = storages
        self.config = config
        self.containment = containment
        self.world = world
        self.logger = logger
        self.codecs = codecs
        elsewhere = OtherStorages(storages)
    }

    // MARK: Where partitions are used

    /// Where a partition of that name may be used, if this broker leads it.
    package func place(of topic: String, _ partition: PartitionIndex) throws(PartitionError) -> PartitionPlace {
        guard elsewhere.areInUse else { return .here(try leading(topic, partition)) }
        if let known = known(topic, partition), known.logs.threads == nil { return .here(known) }
        guard let image = metadata.image.topics[topic] else { throw PartitionError(.unknownTopicOrPartition) }
        return try place(of: image, partition)
    }

    /// Where a partition of that topic id may be used, if this broker leads it.
    package func place(of topic: TopicID, _ partition: PartitionIndex) throws(PartitionError) -> PartitionPlace {
        guard elsewhere.areInUse else { return .here(try leading(topic, partition)) }
        if let known = known(topic, partition), known.logs.threads == nil { return .here(known) }
        guard let image = metadata.image.topics[topic] else { throw PartitionError(.unknownTopicId) }
        return try place(of: image, partition)
    }

    private func place(of topic: TopicImage, _ partition: PartitionIndex) throws(PartitionError) -> PartitionPlace {
        guard let threads = elsewhere.threads(of: topic) else { return .here(try leading(topic, partition)) }
        try check(topic, partition)
        return .elsewhere(
            DistantPartition(
                topic: TopicPartition(topic: topic.name, partition: partition),
                lane: elsewhere.lane(of: topic.id, partition, threads)
            ) { () throws(PartitionError) in try self.leading(topic.id, partition) })
    }

    private func known(_ topic: String, _ partition: PartitionIndex) -> Partition? {
        state.withLock { $0.byName[TopicPartition(topic: topic, partition: partition)] }
    }

    private func known(_ topic: TopicID, _ partition: PartitionIndex) -> Partition? {
        state.withLock { $0.partitions[Key(topic: topic, partition: partition)] }
    }

    /// The threads on which alone the topics' partitions may be looked at; nil if any thread will do.
    package func threads(forTopics topics: some Sequence<String>) -> PluginThreads? {
        guard elsewhere.areInUse else { return nil }
        let image = metadata.image
        return topics.lazy.compactMap { image.topics[$0] }.compactMap { self.elsewhere.threads(of: $0) }.first
    }

    /// The threads on which alone a fetch's partitions may be read; nil if any thread will do.
    func threads(for keys: some Sequence<FetchSession.Key>) -> PluginThreads? {
        guard elsewhere.areInUse else { return nil }
        return keys.lazy.compactMap(threads).first
    }

    private func threads(for key: FetchSession.Key) -> PluginThreads? {
        let isNamed = key.topicID == .zero
        if let known = isNamed ? known(key.topic, key.partition) : known(key.topicID, key.partition) {
            return known.logs.threads
        }
        let topics = metadata.image.topics
        return (isNamed ? topics[key.topic] : topics[key.topicID]).flatMap(elsewhere.threads)
    }

    /// Runs `body` where the topics' records may be looked at: now, or soon on other threads.
    func near(_ topics: some Sequence<String>, _ body: @escaping @Sendable () -> Void) {
        if let threads = threads(forTopics: topics) {
            threads.run(body)
        } else if codecs.hasCustom, topics.contains(where: usesCustomCodec) {
            containment.threads.run(body)
        } else {
            body()
        }
    }

    private func usesCustomCodec(_ topic: String) -> Bool {
        metadata.image.topics[topic].map { settings(of: $0).plugins.codecs.takesCustom } ?? false
    }

    // MARK: Partitions

    /// The partition of that name, if this broker leads it.
    package func leading(_ topic: String, _ partition: PartitionIndex) throws(PartitionError) -> Partition {
        if let known = known(topic, partition) { return known }
        guard let image = metadata.image.topics[topic] else { throw PartitionError(.unknownTopicOrPartition) }
        return try leading(image, partition)
    }

    /// The partition of that topic id, if this broker leads it.
    package func leading(_ topic: TopicID, _ partition: PartitionIndex) throws(PartitionError) -> Partition {
        if let known = known(topic, partition) { return known }
        guard let image = metadata.image.topics[topic] else { throw PartitionError(.unknownTopicId) }
        return try leading(image, partition)
    }

    private func leading(_ topic: TopicImage, _ number: PartitionIndex) throws(PartitionError) -> Partition {
        let image = try check(topic, number)
        if let known = known(topic.id, number) { return known }
        return try make(Key(topic: topic.id, partition: number), topic, image)
    }

    /// Throws unless there is such a partition and this broker leads it.
    @discardableResult
    private func check(_ topic: TopicImage, _ number: PartitionIndex) throws(PartitionError) -> PartitionImage {
        guard number >= 0, Int(number) < topic.partitions.count else { throw PartitionError(.unknownTopicOrPartition) }
        let image = topic.partitions[Int(number)]
        guard image.leader == nodeID else {
            throw PartitionError(
                image.replicas.contains(nodeID) || image.leader != -1 ? .notLeaderOrFollower : .leaderNotAvailable,
                leader: .init(id: image.leader, epoch: image.leaderEpoch))
        }
        return image
    }

    private func make(_ key: Key, _ topic: TopicImage, _ image: PartitionImage) throws(PartitionError) -> Partition {
        let settings = settings(of: topic)
        let name = TopicPartition(topic: topic.name, partition: key.partition)
        let logs: LogManager
        let log: PartitionLog
        do throws(LogError) {
            logs = try storages.logs(in: settings.config.storage)
            log = try logs.log(
                of: name, topicID: topic.id,
                configuration: configuration(settings))
        } catch {
            guard metadata.image.topics[topic.id] != nil else { throw PartitionError(.unknownTopicOrPartition) }
            throw PartitionError(error)
        }
        let partition = state.withLock { state in
            // Another thread may have been faster; the log manager has given both the same log.
            if let partition = state.partitions[key] { return partition }
            let partition = Partition(
                topic: name, id: topic.id, log: log, logs: logs, leader: nodeID, leaderEpoch: image.leaderEpoch,
                settings: settings,
                lane: logs.threads.map { elsewhere.lane(of: topic.id, key.partition, $0) }
                    ?? AppendLane(containment.threads, isWanted: settings.plugins.seeRecords),
                world: world)
            state.partitions[key] = partition
            state.byName[name] = partition
            return partition
        }
        return try confirm(partition, key)
    }

    /// The metadata may have moved on while the partition was made, and its news have passed by. Images are published
    /// before their news, so what the image says now is what a partition that missed them must know.
    private func confirm(_ partition: Partition, _ key: Key) throws(PartitionError) -> Partition {
        let topic = metadata.image.topics[key.topic]
        guard let topic, case let image = topic.partitions[Int(key.partition)], image.leader == nodeID else {
            _ = state.withLock { $0.remove(key) }
            partition.leave()
            throw PartitionError(topic == nil ? .unknownTopicOrPartition : .notLeaderOrFollower)
        }
        partition.lead(since: image.leaderEpoch)
        configure(partition, topic)
        return partition
    }

    /// Hands a new partition and its log the topic's configuration of now: the log may have been opened long before, by
    /// the recovery, and a change may have been published while the partition was made.
    private func configure(_ partition: Partition, _ topic: TopicImage) {
        var settings = settings(of: topic)
        while true {
            partition.reconfigure(settings)
            partition.log.reconfigure(configuration(settings))
            // What was published meanwhile may have come first.
            guard let latest = state.withLock({ $0.settings[topic.id] }), latest !== settings else { return }
            settings = latest
        }
    }

    private func makeSettings(
        _ topic: TopicImage, _ image: MetadataImage, previous: TopicSettings? = nil
    ) -> TopicSettings {
        TopicSettings(
            topic: topic.name, image: image, config: config.file, codecs: codecs, containment: containment,
            previous: previous
        ) {
            [metadata, id = topic.id] in
            PartitionIndex(clamping: metadata.image.topics[id]?.partitions.count ?? 1)
        }
    }

    private func report(_ settings: TopicSettings, of topic: TopicImage) {
        log(settings.plugins.problems, of: topic)
        containment.report(settings.plugins.problems, of: topic.name)
        // A topic that was deleted meanwhile troubles nobody.
        if metadata.image.topics[topic.id] == nil { containment.report([], of: topic.name) }
    }

    private func log(_ problems: [String], of topic: TopicImage) {
        for problem in problems {
            logger.error(
                "a topic's plug-in cannot be used", metadata: ["topic": "\(topic.name)", "problem": "\(problem)"])
        }
    }

    /// Finds out whether topics that nobody has touched yet could have their plug-ins, so that health tells it before
    /// somebody does. Topics that choose and set up plug-ins in the same way are tried, and told of in the log, once: there
    /// may be very many, and Kafka's own configs hardly ever decide whether a plug-in can be made.
    private func rehearse(_ topics: [TopicImage], _ image: MetadataImage) {
        var known: [[String: String]: [String]] = [:]
        for topic in topics {
            let set = image.config(of: ConfigResource(.topic, topic.name)).filter { name, _ in
                ConfigSchema.topic[name] == nil || name == PluginKind.cleanupPolicy.prefix || name == "compression.type"
            }
            if known[set] == nil {
                let problems = makeSettings(topic, image).plugins.problems
                log(problems, of: topic)
                known[set] = problems
            }
            containment.report(known[set] ?? [], of: topic.name)
        }
    }

    /// A topic's configuration and plug-ins, made when they are first asked for.
    func settings(of topic: TopicImage) -> TopicSettings {
        if let settings = state.withLock({ $0.settings[topic.id] }) { return settings }
        while true {
            let image = metadata.image
            let settings = makeSettings(topic, image)
            let known = state.withLock { state in
                if let earlier = state.settings[topic.id] { return earlier }
                state.settings[topic.id] = settings
                return settings
            }
            if known === settings { report(settings, of: topic) }
            // A change that was published meanwhile found no settings to replace.
            if metadata.image.offset == image.offset || known !== settings { return known }
            _ = state.withLock { $0.settings.removeValue(forKey: topic.id) }
        }
    }

    /// The partitions on a storage's disk that this broker leads and nobody touched since the start, whose logs have
    /// something to let go, now or one day.
    package func forgotten(in logs: LogManager) -> [TopicPartition] {
        let image = metadata.image
        return logs.stored.compactMap { name, logStart in
            guard let topic = image.topics[name.topic], Int(name.partition) < topic.partitions.count,
                topic.partitions[Int(name.partition)].leader == nodeID,
                state.withLock({ $0.byName[name] == nil }),
                logStart > 0 || settings(of: topic).config.isCleaned
            else { return nil }
            return name
        }
    }

    /// The partitions that were touched.
    package var all: [Partition] { state.withLock { Array($0.partitions.values) } }

    /// The partitions that were touched, and what went in and out of those that are no longer here.
    package var traffic: (partitions: [Partition], departed: Traffic) {
        state.withLock { (Array($0.partitions.values), $0.departed) }
    }

    /// Follows the metadata: leader epochs, configurations, deletions.
    package func metadataChanged(_ delta: MetadataDelta, _ image: MetadataImage) {
        elsewhere.metadataChanged(delta, image)
        for topic in delta.removedTopics { remove(topic) }
        for id in delta.changedTopics { follow(id, image) }
        let topics = topics(concernedBy: delta.configsChanged, image)
        for topic in topics.used { reconfigure(topic, image) }
        rehearse(topics.unused, image)
    }

    /// The topics whose configs have changed: those with settings, and those that nobody has touched yet.
    private func topics(
        concernedBy resources: Set<ConfigResource>, _ image: MetadataImage
    ) -> (used: [TopicImage], unused: [TopicImage]) {
        // A broker's configs are the defaults of every topic.
        let concerned =
            resources.contains { $0.kind == .broker }
            ? Array(image.topics.all)
            : resources.compactMap { $0.kind == .topic ? image.topics[$0.name] : nil }
        let used = state.withLock { state in Set(state.settings.keys) }
        return (concerned.filter { used.contains($0.id) }, concerned.filter { !used.contains($0.id) })
    }

    private func remove(_ topic: TopicImage) {
        let gone = state.withLock { state -> [Partition] in
            state.settings[topic.id] = nil
            return topic.partitions.indices.compactMap { number in
                state.remove(Key(topic: topic.id, partition: PartitionIndex(number)))
            }
        }
        for partition in gone { partition.leave() }
        containment.report([], of: topic.name)
        storages.delete(topic)
    }

    private func follow(_ id: TopicID, _ image: MetadataImage) {
        guard let topic = image.topics[id] else { return }
        let known = state.withLock { state in
            topic.partitions.indices.compactMap { state.partitions[Key(topic: id, partition: PartitionIndex($0))] }
        }
        for partition in known {
            let image = topic.partitions[Int(partition.topic.partition)]
            if image.leader == nodeID {
                partition.lead(since: image.leaderEpoch)
            } else {
                _ = state.withLock { $0.remove(Key(topic: id, partition: partition.topic.partition)) }
                partition.leave()
            }
        }
    }

    private func reconfigure(_ topic: TopicImage, _ image: MetadataImage) {
        let settings = makeSettings(topic, image, previous: state.withLock { $0.settings[topic.id] })
        report(settings, of: topic)
        let partitions = state.withLock { state -> [Partition] in
            guard state.settings[topic.id] != nil else { return [] }
            state.settings[topic.id] = settings
            return topic.partitions.indices.compactMap {
                state.partitions[Key(topic: topic.id, partition: PartitionIndex($0))]
            }
        }
        let configuration = configuration(settings)
        for partition in partitions {
            // What one policy has seen, another has not.
            if partition.settings.config.cleanupPolicies != settings.config.cleanupPolicies {
                partition.logs.cleaned(partition.topic, below: 0)
            }
            partition.reconfigure(settings)
            guard let threads = partition.logs.threads else {
                partition.log.reconfigure(configuration)
                continue
            }
            // A log is held while it is written to. What it is told last must be what holds.
            threads.run { partition.log.reconfigure(self.configuration(partition.settings)) }
        }
    }

    private func configuration(_ settings: TopicSettings) -> LogConfiguration {
        settings.config.logConfiguration(
            producerExpirationMilliseconds: config.current.long("producer.id.expiration.ms"))
    }
}
