package import BrokerCommitLog
package import BrokerMetadata
package import BrokerModel
internal import BrokerPluginAPI
internal import BrokerPrimitives
package import BrokerWorld
package import Logging
internal import Synchronization

/// The logs in the broker's log directory and in the storages that topics have chosen instead.
///
/// Each storage is a log directory of its own, with its own checkpoints and its own mark of a clean stop, and is opened
/// when the first topic uses it. One that fails takes its topics' partitions offline until the broker starts again, and
/// nothing else; one that does not answer holds up the threads that it has for itself. Safe on any thread.
package final class TopicStorages: Sendable {
    /// What there is to choose from.
    package struct Choice: Sendable {
        /// The name of the broker's own storage.
        package var standard: String
        /// Whether the broker's own storage is there after a restart.
        package var isPersistent: Bool
        package var providers: StorageProviders

        package init(standard: String, isPersistent: Bool, providers: StorageProviders) {
            self.standard = standard
            self.isPersistent = isPersistent
            self.providers = providers
        }

        /// Why a topic cannot be created in a storage, in words that say what to do; nil if it can.
        package func problem(choosing name: String) -> String? {
            guard name != standard else { return nil }
            let outlives: Bool
            do throws(PluginError) {
                outlives = try providers.provider(named: name).isPersistent && !isPersistent
            } catch {
                return "storage=\(name) cannot be used: \(error)"
            }
            guard outlives else { return nil }
            return "storage=\(name) would outlive the broker's own data, which is in memory: leave 'storage' out, or "
                + "start the broker with a data directory."
        }
    }

    private enum Place {
        case open(LogManager)
        case failed(StorageError)

        var logs: LogManager {
            get throws(LogError) {
                switch self {
                case .open(let logs): return logs
                case .failed(let error): throw .offline(error)
                }
            }
        }
    }

    /// The broker's own log directory, which also has the cluster's metadata.
    package let main: LogManager
    package let choice: Choice
    private let directory: String
    private let owner: MetaProperties
    private let metadata: MetadataView
    private let containment: PluginContainment
    private let world: World
    private let logger: Logger
    private let places = Mutex<[String: Place]>([:])
    private let openings: [String: Opening]

    /// Held over I/O by whoever opens a storage.
    private final class Opening: Sendable {
        let mutex = Mutex(())
    }

    /// - Parameters:
    ///   - directory: the path of the broker's log directory, in which other storages have one of their own.
    ///   - owner: whose the log directory is.
    package init(
        main: LogManager, choice: Choice, directory: String, owner: MetaProperties, metadata: MetadataView,
        containment: PluginContainment, world: World, logger: Logger
    ) {
        self.main = main
        self.choice = choice
        self.directory = directory
        self.owner = owner
        self.metadata = metadata
        self.containment = containment
        self.world = world
        self.logger = logger
        openings = Dictionary(uniqueKeysWithValues: choice.providers.names.map { ($0, Opening()) })
    }

    /// The threads on which alone a topic's logs are to be used; nil if any will do.
    package func threads(of topic: TopicImage) -> PluginThreads? {
        chosen(by: topic).map(containment.threads(ofStorage:))
    }

    /// The logs of topics that chose that storage; nil for the broker's own. May block.
    ///
    /// - Throws: `.offline` if it cannot be opened, or could not earlier.
    package func logs(in name: String?) throws(LogError) -> LogManager {
        guard let name, name != choice.standard else { return main }
        if let place = places.withLock({ $0[name] }) { return try place.logs }
        guard let opening = openings[name] else {
            throw .offline(
                StorageError(.notFound, "this broker was assembled without a storage backend named '\(name)'"))
        }
        return try opening.mutex.withLock { _ throws(LogError) in
            // Another thread may have been faster.
            if let place = places.withLock({ $0[name] }) { return try place.logs }
            let place: Place
            do throws(StorageError) { place = .open(try open(name)) } catch {
                logger.error(
                    "a storage cannot be opened; its topics answer with KAFKA_STORAGE_ERROR until the broker starts again",
                    metadata: ["storage": "\(name)", "path": "\(path(of: name))", "error": "\(error)"])
                place = .failed(error)
            }
            places.withLock { $0[name] = place }
            return try place.logs
        }
    }

    private func open(_ name: String) throws(StorageError) -> LogManager {
        let provider: any StorageProvider
        do throws(PluginError) { provider = try choice.providers.provider(named: name) } catch {
            throw StorageError(.failed, error.message)
        }
        let storage = try containment.open(provider, named: name, at: path(of: name))
        try claim(storage)
        let manager = LogManager(
            opened: try LogDirectory.open(storage), storage: name, threads: containment.threads(ofStorage: name),
            world: world, logger: logger)
        try manager.sweep(metadata.image) { self.chosen(by: $0) == name }
        return manager
    }

    /// Sees to it that the storage is this broker's: what another has written must not be taken for ours.
    private func claim(_ storage: any StorageBackend) throws(StorageError) {
        guard let bytes = try storage.readWhole(MetaProperties.fileName, limit: 1 << 16) else {
            var generator = world.generator
            return try LogDirectory.format(
                storage,
                MetaProperties(
                    clusterID: owner.clusterID, nodeID: owner.nodeID,
                    directoryID: KafkaUUID.random(using: &generator)))
        }
        guard let meta = MetaProperties(bytes) else {
            throw StorageError(.failed, "\(MetaProperties.fileName) is damaged; restore it")
        }
        guard meta.clusterID == owner.clusterID, meta.nodeID == owner.nodeID else {
            throw StorageError(
                .failed,
                "it belongs to node \(meta.nodeID) of the cluster \(meta.clusterID), not to node \(owner.nodeID) of "
                    + "\(owner.clusterID)")
        }
    }

    /// Where a storage is, as the plug-in is told and as admin clients see it.
    package func path(of name: String?) -> String {
        guard let name, name != choice.standard else { return directory }
        return choice.providers.isPersistent(name) == false ? "(\(name))" : "\(directory)/storage/\(name)"
    }

    /// The storage that a topic has chosen; nil for the broker's own.
    package func chosen(by topic: TopicImage) -> String? {
        let name = metadata.image.config(of: ConfigResource(.topic, topic.name))[PluginKind.storage.prefix]
        return name == choice.standard ? nil : name
    }

    // MARK: All of them

    /// Those of which a call has been under way for a second: what asks their logs may have to wait.
    var silent: [LogManager] {
        open.filter { logs in logs.storage.map(containment.isWaiting(forStorage:)) ?? false }
    }

    /// Those that are open; the broker's own is the first.
    package var open: [LogManager] {
        [main] + places.withLock { places in places.sorted { $0.key < $1.key }.compactMap { try? $0.value.logs } }
    }

    /// The partitions whose logs are nowhere, because their storage cannot be opened.
    package var lostPartitionCount: Int {
        let failed = places.withLock { places in
            Set(places.filter { if case .failed = $0.value { true } else { false } }.keys)
        }
        guard !failed.isEmpty else { return 0 }
        return metadata.image.topics.all.reduce(0) { count, topic in
            chosen(by: topic).map(failed.contains) == true ? count + topic.partitions.count : count
        }
    }

    /// What each of them does when the broker starts: sweeps its directory, and recovers after a crash.
    ///
    /// - Returns: the partitions whose log may have lost records that clients have seen.
    package func start(
        _ image: MetadataImage, workers: Workers, progress: StartProgress,
        configuration: @escaping @Sendable (TopicImage) -> LogConfiguration
    ) async throws -> [(topic: TopicID, partition: PartitionIndex)] {
        try main.sweep(image) { self.chosen(by: $0) == nil }
        var lost = await main.recover(image, threads: workers, progress: progress, configuration: configuration)
        let topics = Dictionary(grouping: image.topics.all) { chosen(by: $0) }
        for (name, topics) in topics {
            guard let name, let logs = try? logs(in: name) else { continue }
            if choice.providers.isPersistent(name) == false {
                // It begins empty, whatever it held before.
                for topic in topics { lost += topic.partitions.indices.map { (topic.id, PartitionIndex($0)) } }
            } else {
                lost += await logs.recover(
                    image, threads: logs.threads ?? workers, progress: progress, configuration: configuration)
            }
        }
        return lost
    }

    /// Lets go of a topic's logs, wherever they are: soon, where that may take its time.
    package func delete(_ topic: TopicImage) {
        for logs in open {
            guard let threads = logs.threads else {
                logs.delete(topic)
                continue
            }
            threads.run { logs.delete(topic) }
        }
    }

    /// Flushes and closes every log. None waits for another's storage.
    package func close(metadataLog: PartitionLog, brokerEpoch: Int64, workers: Workers) async {
        await withTaskGroup(of: Void.self) { group in
            for logs in open {
                group.addTask { [main] in
                    await logs.close(
                        metadataLog: logs === main ? metadataLog : nil, brokerEpoch: brokerEpoch,
                        threads: logs.threads ?? workers)
                }
            }
        }
    }
}
