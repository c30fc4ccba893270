import BrokerCommitLog
import BrokerConsensus
import BrokerController
import BrokerCoordinators
import BrokerMetadata
import BrokerModel
import BrokerNetwork
import BrokerPluginAPI
import BrokerPrimitives
import BrokerWorld
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// Puts a broker together and starts it, part by part, in the order in which they need each other.
struct BrokerAssembly {
    private let config: BrokerConfig
    private let plugins: BrokerPlugins
    private let world: World
    private let hooks: BrokerHooks
    private let logger: Logger
    private var undo = UndoList()

    init(config: BrokerConfig, plugins: BrokerPlugins, world: World, hooks: BrokerHooks, logger: Logger) {
        self.config = config
        self.plugins = plugins
        self.world = world
        self.hooks = hooks
        self.logger = logger
    }

    /// - Throws: everything that was begun is ended again then, and the directory left as it was.
    mutating func start(isEphemeral: Bool, formatsEmptyDirectories: Bool) async throws -> Broker {
        do {
            return try await assemble(isEphemeral: isEphemeral, formatsEmptyDirectories: formatsEmptyDirectories)
        } catch {
            await undo.run()
            throw error
        }
    }

    private mutating func assemble(isEphemeral: Bool, formatsEmptyDirectories: Bool) async throws -> Broker {
        let operations = Operations(world: world)
        operations.registerOwnMetrics()
        let door = try await OperationsServer.start(operations, config: config, logger: logger)
        undo.add { await door?.stop() }
        for warning in config.warnings { logger.warning("\(warning)") }
        try refuseWhatIsNotServed()
        let listeners = try ListenerPlan(config)
        let (containment, storage) = try openStorage(isEphemeral: isEphemeral)
        let opened = try openDirectory(
            storage, isEphemeral: isEphemeral, formats: formatsEmptyDirectories)
        undo.add { opened.directory.abandon() }
        guard let meta = opened.meta, let directoryID = meta.directoryID else {
            throw BrokerStartError("meta.properties of \(config.logDirectories[0]) is missing or damaged.")
        }
        let threads = config.text("num.network.threads").flatMap { Int($0) } ?? Machine.coreCount
        let eventLoops = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        let controllerLoop = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let timers = hooks.timers ?? .eventLoops(eventLoops, now: world.monotonicNanoseconds)
        let workers = Workers(count: max(1, config.int("background.threads")))
        watch(eventLoops, controllerLoop, operations)
        undo.add {
            operations.unwatch()
            await workers.stop()
            try? await controllerLoop.shutdownGracefully()
            try? await eventLoops.shutdownGracefully()
        }

        containment.watch(timers)
        for problem in plugins.problems {
            logger.error("a plug-in cannot be used", metadata: ["problem": "\(problem)"])
        }
        containment.report(plugins.problems, of: nil)
        undo.add { await containment.stop() }
        let metadata = MetadataView()
        let live = LiveBrokerConfig(config)
        let storages = TopicStorages(
            main: LogManager(opened: opened, world: world, logger: logger), choice: storageChoice(isEphemeral),
            directory: config.logDirectories[0], owner: meta, metadata: metadata, containment: containment,
            world: world, logger: logger)
        let partitions = PartitionTable(
            metadata: metadata, nodeID: config.nodeID, storages: storages, config: live,
            codecs: CodecRegistry(plugins.codecs, plugins: config.schemas.plugins) { [config] in config.text($0) }
                .contained(by: containment),
            containment: containment,
            world: world, logger: logger)
        let flusher = Flusher(workers: workers, world: world)
        let groupSettings = GroupSettings(config)
        let groups = GroupCoordinator(
            topic: TopicName.consumerOffsets, metadata: metadata, nodeID: config.nodeID, partitions: partitions,
            flusher: flusher, workers: workers, world: world, timers: timers, logger: logger
        ) { GroupShard(settings: groupSettings) }
        let quotas = ClientQuotas(
            config: config, metadata: metadata, world: world,
            policy: plugins.policies.quotaPolicy.map {
                ContainedQuotaPolicy(policy: $0, use: use(of: .quotaPolicy, containment))
            })
        var settings = Controller.Settings(
            config: config,
            placer: plugins.policies.replicaPlacer.map {
                ContainedReplicaPlacer(placer: $0, use: use(of: .replicaPlacer, containment))
            })
        settings.storageProblem = storages.choice.problem
        let publishers: [ControllerDriver.Publisher] = [
            { _, image in metadata.publish(image) },
            { delta, image in live.metadataChanged(delta, image) },
            { delta, image in quotas.metadataChanged(delta, image) },
            { delta, image in partitions.metadataChanged(delta, image) },
            { delta, image in groups.metadataChanged(delta, image) },
        ]
        let (controller, metadataLog, kraftVersion) = try await startController(
            opened, clusterID: meta.clusterID, directoryID: directoryID, settings: settings, publishers: publishers,
            timers: timers, loop: controllerLoop.next())
        undo.add {
            await controller.stop()
            await storages.close(
                metadataLog: metadataLog, brokerEpoch: opened.previousBrokerEpoch, workers: workers)
        }
        let image = metadata.image
        let recovered = try await storages.start(image, workers: workers, progress: operations.progress) {
            [config] topic in
            TopicConfig(topic: topic.name, image: image, config: config).logConfiguration(
                producerExpirationMilliseconds: live.current.long("producer.id.expiration.ms"))
        }

        operations.progress.enter(.joining)
        let endpoints = Endpoints(nodeID: config.nodeID, advertised: listeners.advertised)
        let parked = ParkedFetches()
        let sessions = FetchSessions(slots: config.int("max.incremental.fetch.session.cache.slots"), world: world)
        groups.start()
        undo.add { groups.stop() }
        let jury = TopicJury(plugins.policies.topicPolicies, containment: containment, world: world, logger: logger)
        let gate = TopicGate(
            controller: controller, metadata: metadata, settings: settings, jury: jury, world: world, timers: timers,
            threads: containment.threads)
        let table = HandlerList(
            cluster: ClusterInfo(clusterID: meta.clusterID, nodeID: config.nodeID), config: config,
            metadata: metadata, endpoints: endpoints, controller: controller, gate: gate, partitions: partitions,
            storages: storages, sessions: sessions,
            parked: parked, producerIDs: ProducerIDs(controller: controller, broker: config.nodeID),
            flusher: flusher, workers: workers, kraftVersion: kraftVersion, timers: timers, versions: hooks.versions,
            groups: groups, groupsTopic: .groups(config, controller: controller, metadata: metadata), world: world,
            checkpoint: { [logger] logs in
                do { try logs.checkpoint(metadataLog: logs === storages.main ? metadataLog : nil) } catch {
                    logger.error("the checkpoints cannot be written", metadata: ["error": "\(error)"])
                    throw error
                }
            }
        ).table()
        let dispatcher = Dispatcher(
            handlers: table, authorizer: contained(plugins.authorizer, containment), quotas: quotas, world: world,
            logger: logger,
            complaints: RateLimit(perSecond: 10) { [world] in world.monotonicMilliseconds },
            interceptor: hooks.interceptor?(metadata, timers), whenDisconnected: { parked.disconnected($0) })
        let identification = Identification(
            plugins.policies.principalBuilder, use: use(of: .principalBuilder, containment), world: world,
            logger: logger)
        let network = NetworkServer(
            group: eventLoops, handler: dispatcher, config: NetworkConfig(config), timers: timers,
            refusal: { quotas.connected(from: $0) }, identify: { identification.principal(for: $0) })
        quotas.whenChanged { [weak network] in network?.endPauses() }
        // Weakly: what changes is in the network's own hands through its handlers.
        live.onChange { [weak network] config in
            network?.limitConnections(to: ConnectionMaximum(config))
            workers.resize(to: config.int("background.threads"))
        }
        undo.add {
            await network.stopAccepting()
            parked.stop()
            await network.drain(grace: .milliseconds(500))
        }
        let bound = try await listen(listeners, network)
        let epoch = try await register(
            controller, directoryID: directoryID, listeners: listeners, bound: bound, recovered: recovered)
        let upkeep = Upkeep(
            config: config, partitions: partitions, storages: storages, metadataLog: metadataLog, flusher: flusher,
            workers: workers,
            cleaner: Cleaner(world: world, logger: logger),
            eventLoops: [controllerLoop.next()] + eventLoops.makeIterator(), world: world,
            logger: logger, timers: timers)
        upkeep.start()
        BrokerCollectors(
            cluster: ClusterInfo(clusterID: meta.clusterID, nodeID: config.nodeID),
            config: config, metadata: metadata, partitions: partitions, controller: controller,
            metadataLog: metadataLog, network: network, requests: table.metrics, sessions: sessions, parked: parked,
            flusher: flusher, storages: storages, groups: groups, containment: containment
        ).register(in: operations.metrics)
        operations.requireReady {
            HealthCheck.groups(loadingCount: groups.loadingCount, failedCount: groups.failedCount)
        }
        operations.requireReady { containment.health }
        operations.follow { [progress = operations.progress, nodeID = config.nodeID] in
            let registered = metadata.image.brokers[nodeID]
            return HealthReport.Standing(
                phase: progress.snapshot.phase,
                registration: registered.map { $0.isFenced ? .fenced : .serving } ?? .absent,
                controller: controller.standing)
        }
        operations.progress.enter(.started)
        return Broker(
            clusterID: meta.clusterID, nodeID: config.nodeID, listeners: bound, httpListener: door?.listener,
            parts: .init(
                network: network, metadata: metadata, partitions: partitions, parked: parked, groups: groups,
                controller: controller, storages: storages,
                metadataLog: metadataLog,
                workers: workers, flusher: flusher, world: world, upkeep: upkeep, brokerEpoch: epoch,
                eventLoops: eventLoops, controllerLoop: controllerLoop, containment: containment,
                operations: operations, door: door))
    }

    /// The plug-ins that are off because they have ended the process again and again.
    private func quarantined(_ storage: any StorageBackend) -> [(PluginKind, String)] {
        let file = storage.file(PluginCrashes.fileName)
        defer { file.close() }
        guard let size = try? file.size(), size > 0,
            let bytes = try? file.read(at: max(0, size - 65_536), count: 65_536)
        else { return [] }
        let quarantined = PluginCrashes.quarantined(
            String(buffer: bytes), limit: config.int("plugin.quarantine.crashes"), now: world.wallMilliseconds())
        for (kind, name) in quarantined {
            logger.error(
                """
                a plug-in has ended the process again and again and is off. Mend it, delete the file \
                \(PluginCrashes.fileName) in the log directory, and start again
                """, metadata: ["plugin": "\(kind.words) \(name)"])
        }
        return quarantined
    }

    private func contained(_ authorizer: any Authorizer, _ containment: PluginContainment) -> any Authorizer {
        ContainedAuthorizer(authorizer: authorizer, use: use(of: .authorizer, containment))
    }

    /// The use of the plug-in that the broker has of a kind.
    private func use(of kind: PluginKind, _ containment: PluginContainment) -> PluginUse {
        containment.use(kind, config.text(kind.prefix) ?? kind.rawValue, topic: nil)
    }

    /// A busy thread answers within milliseconds; the controller's may wait for a slow disk.
    private func watch(
        _ eventLoops: MultiThreadedEventLoopGroup, _ controllerLoop: MultiThreadedEventLoopGroup,
        _ operations: Operations
    ) {
        for (number, eventLoop) in eventLoops.makeIterator().enumerated() {
            operations.watch("network thread \(number)", eventLoop, limitMilliseconds: 10_000)
        }
        operations.watch("controller thread", controllerLoop.next(), limitMilliseconds: 60_000)
    }

    /// What is configured but not there yet must be said, not passed over.
    private func refuseWhatIsNotServed() throws(BrokerStartError) {
        guard config.list("process.roles").contains("broker") else {
            throw BrokerStartError(
                "process.roles must have 'broker'; a node that is only a controller is not served yet.")
        }
        if let name = config.text("authorizer.class.name"), !name.isEmpty {
            throw BrokerStartError(
                "authorizer.class.name names '\(name)', which this broker was not assembled with. "
                    + "Leave it empty, or assemble a broker with that authorizer.")
        }
        guard config.list("controller.quorum.voters").count < 2 else {
            throw BrokerStartError("controller.quorum.voters names several voters; only a quorum of one is served yet.")
        }
    }

    // MARK: The directory

    /// The broker's own storage, and the containment of all plug-ins, of which the storage knows what they did before.
    private func openStorage(isEphemeral: Bool) throws -> (PluginContainment, any StorageBackend) {
        guard config.logDirectories.count == 1, config.metadataDirectory == config.logDirectories[0] else {
            throw BrokerStartError(
                "Only one log directory is served so far; set log.dirs to one, and no metadata.log.dir.")
        }
        let path = config.logDirectories[0]
        do throws(StorageError) {
            let backend = isEphemeral ? try plugins.ephemeralStorage() : try plugins.storage(path)
            let containment = PluginContainment(world: world, logger: logger, quarantined: quarantined(backend))
            let name = isEphemeral ? "memory" : config.text(PluginKind.storage.prefix) ?? PluginKind.storage.rawValue
            return (containment, containment.contained(backend, ofStorage: name))
        } catch { throw BrokerStartError("The log directory \(path) cannot be used: \(error)") }
    }

    private func openDirectory(
        _ storage: any StorageBackend, isEphemeral: Bool, formats: Bool
    ) throws -> LogDirectory.Opened {
        let path = config.logDirectories[0]
        do {
            try LogDirectoryFormat.check(storage, config: config, formats: formats || isEphemeral, path: path) {
                ListenerPlan.controllerAddress(config)
            } generator: {
                world.generator
            } now: {
                world.wallMilliseconds()
            }
            return try LogDirectory.open(storage)
        } catch let error as StorageError where error.code == .locked {
            throw BrokerStartError(
                "Another process is using \(path). Stop it, or choose another directory with --data.")
        }
    }

    /// What topics can choose for their records.
    private func storageChoice(_ isEphemeral: Bool) -> TopicStorages.Choice {
        let standard = config.text(PluginKind.storage.prefix) ?? ""
        return TopicStorages.Choice(
            standard: standard,
            isPersistent: !isEphemeral && plugins.topicStorages.isPersistent(standard) ?? true,
            providers: plugins.topicStorages)
    }

    // MARK: The controller

    private func startController(
        _ opened: LogDirectory.Opened, clusterID: String, directoryID: KafkaUUID, settings: Controller.Settings,
        publishers: [ControllerDriver.Publisher], timers: Timers, loop: any EventLoop
    ) async throws -> (ControllerDriver, PartitionLog, kraftVersion: Int16) {
        var configuration = LogConfiguration()
        configuration.segmentBytes = config.int("metadata.log.segment.bytes")
        configuration.segmentMilliseconds = config.long("metadata.log.segment.ms")
        let address = ListenerPlan.controllerAddress(config)
        let local = ReplicaKey(id: config.nodeID, directoryID: directoryID)
        let endpoint = Endpoint(
            listenerName: address.name, host: address.host, port: UInt16(clamping: address.port))
        let policy = MetadataSnapshotter.Policy(
            byteCountBetween: config.long("metadata.log.max.record.bytes.between.snapshots"),
            intervalMilliseconds: config.long("metadata.log.max.snapshot.interval.ms"),
            retentionByteCount: config.long("metadata.max.retention.bytes"))
        var raft = RaftConfiguration()
        raft.electionTimeoutMilliseconds = config.long("controller.quorum.election.timeout.ms")
        raft.electionBackoffMaxMilliseconds = config.long("controller.quorum.election.backoff.max.ms")
        raft.fetchTimeoutMilliseconds = config.long("controller.quorum.fetch.timeout.ms")
        let partitions = opened.owned.subtracting([MetadataLog.partition])
        return try await loop.submit { [world, logger, configuration, raft] in
            let log = try MetadataLog(
                storage: opened.directory.storage, configuration: configuration,
                facts: opened.facts(for: MetadataLog.partition), now: world.wallMilliseconds())
            let isEmpty = try log.log.logEndOffset == 0 && log.snapshots.list().allSatisfy { $0.endOffset == 0 }
            if isEmpty, let partition = partitions.min() {
                throw BrokerStartError(
                    "There are partitions (\(partition), …) but no metadata: \(MetadataLog.directory) is empty or "
                        + "missing. Restore it from a copy; to begin anew, move the partitions' directories away.")
            }
            let quorum = try MetadataQuorum(
                directory: opened.directory, log: log, clusterID: clusterID, local: local, endpoints: [endpoint],
                configuration: raft, snapshotPolicy: policy, renames: settings.config.schemas.renames, world: world)
            let driver = try ControllerDriver(
                eventLoop: loop, quorum: quorum, settings: settings, world: world, timers: timers,
                publishers: publishers, logger: logger)
            return (driver, log.log, quorum.kraftVersion)
        }.get()
    }

    private func register(
        _ controller: ControllerDriver, directoryID: KafkaUUID, listeners: ListenerPlan,
        bound: [Broker.BoundListener], recovered: [(topic: TopicID, partition: PartitionIndex)]
    ) async throws -> Int64 {
        var generator = world.generator
        let broker = BrokerImage(
            id: config.nodeID, incarnation: KafkaUUID.random(using: &generator),
            endpoints: listeners.endpoints(bound), features: BrokerFeatures.supported, rack: config.text("broker.rack"),
            logDirectories: [directoryID])
        do {
            return try await controller.submit { controller, nextOffset, _ in
                controller.register(broker, nextOffset: nextOffset, recovered: recovered)
            }
        } catch { throw BrokerStartError("The broker could not register: \(error.message)") }
    }

    // MARK: The network

    private func listen(_ plan: ListenerPlan, _ network: NetworkServer) async throws -> [Broker.BoundListener] {
        var bound: [Broker.BoundListener] = []
        for listener in plan.brokerListeners {
            do {
                let port = try await network.listen(name: listener.name, host: listener.host, port: listener.port)
                bound.append(.init(name: listener.name, host: listener.host, port: port))
            } catch {
                throw BrokerStartError(
                    "Cannot listen on \(listener): \(ListenFailure.reason(error)). "
                        + "Choose another port with --port, or 0 for a free one.")
            }
        }
        return bound
    }
}
