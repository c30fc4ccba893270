internal import BrokerCommitLog
internal import BrokerController
public import BrokerMetadata
internal import BrokerModel
internal import BrokerNetwork
public import BrokerPluginAPI
internal import BrokerPrimitives
internal import BrokerReplication
package import BrokerWorld
public import Logging
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// A broker: everything between its sockets and its files.
///
/// Made by `start`, ended by `stop`. Safe on any thread.
public final class Broker: Sendable {
    /// A listener as it came to be.
    public struct BoundListener: Hashable, Sendable {
        public let name: String
        public let host: String
        public let port: Int
    }

    public let clusterID: String
    public let nodeID: Int32
    public let listeners: [BoundListener]
    /// Where metrics and health are served; nil if they are not.
    public let httpListener: BoundListener?

    let parts: Parts
    let isStopped = Mutex(false)

    /// What must be ended again.
    struct Parts: Sendable {
        let network: NetworkServer
        let metadata: MetadataView
        let partitions: PartitionTable
        let parked: ParkedFetches
        let groups: GroupCoordinator
        let controller: ControllerDriver
        let storages: TopicStorages
        let metadataLog: PartitionLog
        let workers: Workers
        let flusher: Flusher
        let world: World
        let upkeep: Upkeep
        let brokerEpoch: Int64
        let eventLoops: MultiThreadedEventLoopGroup
        let controllerLoop: MultiThreadedEventLoopGroup
        let containment: PluginContainment
        let operations: Operations
        let door: OperationsServer?
    }

    init(
        clusterID: String, nodeID: Int32, listeners: [BoundListener], httpListener: BoundListener?, parts: Parts
    ) {
        self.clusterID = clusterID
        self.nodeID = nodeID
        self.listeners = listeners
        self.httpListener = httpListener
        self.parts = parts
    }

    /// Starts a broker. Returns when it serves.
    ///
    /// - Parameters:
    ///   - config: with every key that differs from Kafka's default.
    ///   - plugins: what the broker is assembled from.
    ///   - isEphemeral: whether everything is kept in memory and gone at the end.
    ///   - formatsEmptyDirectories: whether a directory that was never formatted is formatted now.
    /// - Throws: `BrokerStartError` with a message that says what to do.
    public static func start(
        config: BrokerConfig, plugins: BrokerPlugins, isEphemeral: Bool = false, formatsEmptyDirectories: Bool = true,
        logger: Logger
    ) async throws -> Broker {
        try await start(
            config: config, plugins: plugins, isEphemeral: isEphemeral,
            formatsEmptyDirectories: formatsEmptyDirectories, world: .system, hooks: BrokerHooks(), logger: logger)
    }

    /// Starts a broker that is assembled from plug-ins, with Kafka's configuration. Returns when it serves.
    ///
    /// ```swift
    /// let broker = try await Broker.start(
    ///     PluginSet { DefaultPlugins() }, configuration: ["listeners": "PLAINTEXT://127.0.0.1:0"], isEphemeral: true)
    /// ```
    ///
    /// - Parameters:
    ///   - configuration: the keys of `server.properties` that differ from Kafka's defaults, `log.dirs` among them.
    ///   - isEphemeral: whether everything is kept in memory and gone at the end.
    /// - Throws: an error with a message that says what to do.
    public static func start(
        _ plugins: PluginSet, configuration: [String: String] = [:], isEphemeral: Bool = false,
        logger: Logger = Logger(label: "broker")
    ) async throws -> Broker {
        var layers = [configuration]
        if isEphemeral, plugins[.storage, "memory"] != nil {
            layers.append(["storage": "memory", "log.dirs": "(memory)"])
        }
        let config = try BrokerConfig(layers: layers, plugins: plugins)
        return try await start(
            config: config, plugins: try BrokerPlugins(config), isEphemeral: isEphemeral, logger: logger)
    }

    /// - Parameters:
    ///   - world: time and chance.
    ///   - hooks: what else can be handed in.
    package static func start(
        config: BrokerConfig, plugins: BrokerPlugins, isEphemeral: Bool, formatsEmptyDirectories: Bool,
        world: World, hooks: BrokerHooks, logger: Logger
    ) async throws -> Broker {
        var assembly = BrokerAssembly(config: config, plugins: plugins, world: world, hooks: hooks, logger: logger)
        return try await assembly.start(isEphemeral: isEphemeral, formatsEmptyDirectories: formatsEmptyDirectories)
    }

    /// Ends the broker in order: no more connections, every request under way answered, every log on the disk.
    /// What was acknowledged is there after the next start. May be called more than once.
    public func stop() async {
        let isFirst = isStopped.withLock { isStopped in
            defer { isStopped = true }
            return !isStopped
        }
        guard isFirst else { return }
        parts.operations.progress.enter(.stopping)
        await parts.network.stopAccepting()
        parts.parked.stop()
        parts.groups.stop()
        await parts.network.drain(grace: .milliseconds(500))
        parts.upkeep.stop()
        let nodeID = nodeID
        try? await parts.controller.submit { controller, _, _ in controller.fence(nodeID) }
        await parts.controller.stop()
        await parts.storages.close(
            metadataLog: parts.metadataLog, brokerEpoch: parts.brokerEpoch, workers: parts.workers)
        await parts.workers.stop()
        await parts.containment.stop()
        parts.operations.unwatch()
        try? await parts.controllerLoop.shutdownGracefully()
        try? await parts.eventLoops.shutdownGracefully()
        await parts.door?.stop()
    }
}

/// Why a broker could not start, and what to do about it.
public struct BrokerStartError: Error, Sendable, CustomStringConvertible {
    public let description: String

    package init(_ description: String) { self.description = description }
}
