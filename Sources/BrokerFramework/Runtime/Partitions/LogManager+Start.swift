package import BrokerCommitLog
package import BrokerMetadata
package import BrokerModel
package import BrokerPluginAPI
internal import BrokerPrimitives
internal import BrokerWorld
internal import Logging
internal import Synchronization

/// What a log directory needs done when the broker starts.
extension LogManager {
    /// Removes what an earlier deletion left, and sets aside directories that the metadata does not know. The first
    /// thing to do. May block.
    ///
    /// - Parameter belongs: whether a topic's logs are to be here, and not in another storage.
    package func sweep(
        _ image: MetadataImage, where belongs: (TopicImage) -> Bool
    ) throws(StorageError) {
        var owned: [(partition: TopicPartition, topic: TopicID)] = []
        for name in opened.partitions {
            if name.suffix == .delete {
                try directory.remove(name)
            } else if name.suffix == nil, name.partition != MetadataLog.partition {
                if let topic = try owner(of: name, image), belongs(topic) {
                    owned.append((name.partition, topic.id))
                } else {
                    try setAside(name)
                }
            }
        }
        state.withLock { state in
            state.owned = owned
            if owned.isEmpty { state.isInOrder = true }
        }
    }

    /// Recovers every log, if the directory was not left in order. Answers the partitions that were recovered.
    package func recover(
        _ image: MetadataImage, threads: any WorkThreads, progress: StartProgress,
        configuration: @escaping @Sendable (TopicImage) -> LogConfiguration
    ) async -> [(topic: TopicID, partition: PartitionIndex)] {
        guard !opened.wasClean else { return [] }
        let owned = state.withLock { $0.owned }.compactMap { owned in
            image.topics[owned.topic].map { (owned.partition, $0) }
        }
        if !owned.isEmpty { await recover(owned, threads: threads, progress: progress, configuration: configuration) }
        state.withLock { $0.isInOrder = true }
        return owned.map { (topic: $0.1.id, partition: $0.0.partition) }
    }

    private func recover(
        _ partitions: [(TopicPartition, TopicImage)], threads: any WorkThreads, progress: StartProgress,
        configuration: @escaping @Sendable (TopicImage) -> LogConfiguration
    ) async {
        logger.notice("recovering after an unclean stop", metadata: ["partitions": "\(partitions.count)"])
        progress.recovering(partitions.count)
        await threads.forEach(partitions) { [self] partition, topic in
            do {
                let log = try log(of: partition, topicID: topic.id, configuration: configuration(topic))
                progress.recovered(byteCount: log.byteCount)
                report(log)
            } catch {
                progress.recovered(byteCount: 0)
                logger.error(
                    "a partition's log cannot be opened; it answers with KAFKA_STORAGE_ERROR",
                    metadata: ["partition": "\(partition)", "error": "\(error)"])
            }
        }
    }

    private func report(_ log: PartitionLog) {
        guard log.recovery.bytesCut > 0 || !log.recovery.damage.isEmpty else { return }
        logger.warning(
            "a log was repaired",
            metadata: [
                "partition": "\(log.partition)", "bytesCut": "\(log.recovery.bytesCut)",
                "damage": "\(log.recovery.damage.map(\.reason))", "end": "\(log.logEndOffset)",
            ])
    }

    /// The topic that a directory belongs to, if the metadata has it here.
    private func owner(
        of name: PartitionDirectoryName, _ image: MetadataImage
    ) throws(StorageError) -> TopicImage? {
        guard let topic = image.topics[name.partition.topic],
            Int(name.partition.partition) < topic.partitions.count
        else { return nil }
        // Without a file that says whose it is, the name must do.
        guard let id = try directory.topicID(of: name) else { return topic }
        return id == topic.id ? topic : nil
    }

    /// Damage or a foreign directory is no reason to delete anything.
    private func setAside(_ name: PartitionDirectoryName) throws(StorageError) {
        var generator = world.generator
        let stray = PartitionDirectoryName(
            name.partition, suffix: .stray, unique: KafkaUUID.random(using: &generator))
        logger.warning(
            "a partition's directory is not in the cluster's metadata; it is set aside",
            metadata: ["directory": "\(name)", "as": "\(stray)"])
        try directory.storage.rename("\(name)", to: "\(stray)")
        try directory.storage.synchronizeDirectory("")
    }
}
