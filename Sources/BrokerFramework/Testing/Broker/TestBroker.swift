public import Authorizers
internal import BrokerClient
internal import BrokerMetadata
internal import BrokerModel
public import BrokerPluginAPI
internal import BrokerRuntime
internal import BrokerWorld
internal import Codecs
internal import DefaultPlugins
internal import Logging
internal import MemoryStorage
internal import Synchronization

/// A broker in this process, for tests: made by `withTestBroker`, or by `start` where set-up and tear-down are apart.
///
/// Safe on any thread.
public final class TestBroker: Sendable {
    /// What to let go wrong.
    public let faults: Faults
    /// What clients asked, and what they were answered.
    public let requests: RequestLog

    /// A broker has a place from its first start on, which it keeps when it is started again.
    private struct State {
        var running: Broker?
        var port = 0
        var cluster: Cluster?
        var isShutDown = false
    }

    private let config: [String: String]
    private let plugins: BrokerPlugins
    private let virtualClock: VirtualClock?
    private let versions: APIVersions
    private let state = Mutex(State())
    /// A start or stop at a time.
    private let turns = Turns()
    let world: World

    private init(config: [String: String], clock: TestClock, versions: APIVersions, authorizer: any Authorizer) {
        let virtualClock = clock.makeClock()
        let world = virtualClock?.world ?? .system
        self.config = Self.defaults(hasVirtualClock: virtualClock != nil).merging(config) { _, given in given }
        self.virtualClock = virtualClock
        self.versions = versions
        self.world = world
        let storage = MemoryStorageBackend(now: world.wallMilliseconds)
        plugins = BrokerPlugins(
            codecs: BuiltInCodecs.all, authorizer: authorizer, storage: { _ throws(StorageError) in storage },
            ephemeralStorage: { storage })
        faults = Faults()
        requests = RequestLog()
        faults.attach(self)
        virtualClock?.attach { [weak self] in await self?.settle() }
    }

    /// Starts a broker that somebody must `shutDown`. Prefer `withTestBroker`, which does; its parameters are the same.
    public static func start(
        topics: [TestTopic] = [], config: [String: String] = [:], clock: TestClock = .system,
        apiVersions: APIVersions = .all, authorizer: any Authorizer = AllowAll()
    ) async throws -> TestBroker {
        let broker = TestBroker(config: config, clock: clock, versions: apiVersions, authorizer: authorizer)
        do {
            try await broker.start()
            try await broker.createTopics(topics)
        } catch {
            await broker.shutDown()
            throw error
        }
        return broker
    }

    private static func defaults(hasVirtualClock: Bool) -> [String: String] {
        var defaults = [
            "num.network.threads": "1", "background.threads": "1", "log.dirs": "memory", "http.listener": "off",
            "group.initial.rebalance.delay.ms": "0", "offsets.topic.num.partitions": "1",
            "offsets.topic.replication.factor": "1",
        ]
        // A client that the test holds is not idle because the test lets an hour pass.
        if hasVirtualClock { defaults["connections.max.idle.ms"] = "-1" }
        return defaults
    }

    // MARK: Where it is

    /// The port on 127.0.0.1. The same after a restart.
    public var port: Int { state.withLock { $0.port } }

    /// What Kafka clients call `bootstrap.servers`: `127.0.0.1:` and the port.
    public var bootstrapServers: String { "127.0.0.1:\(port)" }

    /// The time that passes when the test says so.
    ///
    /// - Precondition: the broker was made with `clock: .virtual`.
    public var clock: VirtualClock {
        guard let virtualClock else {
            preconditionFailure("This broker follows the system's clock; make it withTestBroker(clock: .virtual).")
        }
        return virtualClock
    }

    // MARK: Life

    /// Whether it serves.
    public var isRunning: Bool { state.withLock { $0.running != nil } }

    /// Ends the broker in order and keeps its data, so that `start` brings it back where it was.
    public func stop() async { await turns.run { await stopNow() } }

    /// Starts the broker again after `stop`, on the same port and with the same data. Without effect while it runs.
    ///
    /// Starts and stops that overlap are carried out in the order of their calls, each to its end.
    public func start() async throws { try await turns.run { try await startNow() } }

    /// Stops and starts: clients lose their connections, and find everything that was acknowledged.
    public func restart() async throws {
        try await turns.run {
            await stopNow()
            try await startNow()
        }
    }

    /// Ends the broker for good, with the clients it made. `withTestBroker` does so by itself.
    public func shutDown() async {
        let cluster = state.withLock { state in
            state.isShutDown = true
            defer { state.cluster = nil }
            return state.cluster
        }
        faults.removeAll()
        await cluster?.close()
        await stop()
    }

    private func stopNow() async {
        let running = state.withLock { state in
            defer { state.running = nil }
            return state.running
        }
        await running?.stop()
    }

    private func startNow() async throws {
        guard !isRunning else { return }
        guard !state.withLock({ $0.isShutDown }) else { throw TestBrokerError("The broker was shut down for good.") }
        var hooks = BrokerHooks()
        hooks.timers = virtualClock?.timers
        hooks.versions = try versions.limit
        hooks.interceptor = { [faults, requests, world] metadata, timers in
            TestInterceptor(faults: faults, log: requests, metadata: metadata, world: world, timers: timers)
        }
        let running: Broker
        do {
            let listener = ["listeners": "PLAINTEXT://127.0.0.1:\(port)"]
            let config = try BrokerConfig(layers: [listener, self.config], plugins: PluginSet { DefaultPlugins() })
            var plugins = self.plugins
            plugins.policies = try BrokerPlugins(config).policies
            running = try await Broker.start(
                config: config, plugins: plugins, isEphemeral: false,
                formatsEmptyDirectories: true, world: world, hooks: hooks,
                logger: Logger(label: "test-broker") { _ in SwiftLogNoOpLogHandler() })
        } catch {
            throw TestBrokerError("The test broker could not start: \(error)")
        }
        state.withLock { state in
            state.running = running
            state.port = running.listeners.first?.port ?? 0
        }
    }

    // MARK: Inside

    func running() throws(TestBrokerError) -> Broker {
        guard let running = state.withLock({ $0.running }) else {
            throw TestBrokerError("The broker is stopped; start it first.")
        }
        return running
    }

    /// The cluster that the clients made here share: `new`, if there was none.
    func sharedCluster(or new: Cluster) -> Cluster {
        state.withLock { state in
            if state.cluster == nil { state.cluster = new }
            return state.cluster ?? new
        }
    }

    /// Returns once everything that the broker has begun is done, but for what waits for time or for a client.
    public func settle() async { await state.withLock({ $0.running })?.settle() }
}
