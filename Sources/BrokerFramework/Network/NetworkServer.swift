package import BrokerPluginAPI
package import BrokerWorld
package import NIOCore
internal import NIOPosix
internal import Synchronization

/// How the sockets are set up.
package struct NetworkConfig: Sendable {
    package var limits: ConnectionLimits
    package var maximumConnections: ConnectionMaximum
    /// Bytes of requests in hand over all connections.
    package var maximumInFlightByteCount: Int
    package var backlog: Int
    /// SO_SNDBUF and SO_RCVBUF; nil leaves them to the system.
    package var sendBufferByteCount: Int?
    package var receiveBufferByteCount: Int?

    package init(
        limits: ConnectionLimits, maximumConnections: ConnectionMaximum, maximumInFlightByteCount: Int, backlog: Int,
        sendBufferByteCount: Int?, receiveBufferByteCount: Int?
    ) {
        self.limits = limits
        self.maximumConnections = maximumConnections
        self.maximumInFlightByteCount = maximumInFlightByteCount
        self.backlog = backlog
        self.sendBufferByteCount = sendBufferByteCount
        self.receiveBufferByteCount = receiveBufferByteCount
    }
}

/// Listens, accepts and serves connections.
package final class NetworkServer: Sendable {
    private let group: any EventLoopGroup
    private let handler: any FrameHandler
    private let config: NetworkConfig
    private let timers: Timers
    private let budget: InFlightBudget
    private let halfReadBudget: InFlightBudget
    private let refusal: @Sendable (_ host: String) -> Int64?
    private let identify: @Sendable (AuthenticationContext) -> String?
    private let refused = Atomic<Int>(0)
    private let counts: ConnectionCounts
    private let nextPeerID = Atomic<UInt64>(1)
    private let open = Mutex<[ObjectIdentifier: any Channel]>([:])
    private let listening = Mutex<[any Channel]>([])

    /// - Parameters:
    ///   - refusal: asked for each new connection, on its event loop: nil to serve it, or for how many milliseconds to
    ///     leave it unserved before it is closed.
    ///   - identify: says who a connection is from, on its event loop; nil closes it.
    package init(
        group: any EventLoopGroup, handler: any FrameHandler, config: NetworkConfig, timers: Timers,
        refusal: @escaping @Sendable (_ host: String) -> Int64? = { _ in nil },
        identify: @escaping @Sendable (AuthenticationContext) -> String? = { _ in PrincipalName.anonymous }
    ) {
        self.group = group
        self.refusal = refusal
        self.identify = identify
        self.handler = handler
        self.config = config
        self.timers = timers
        budget = InFlightBudget(limit: config.maximumInFlightByteCount)
        halfReadBudget = InFlightBudget(limit: config.maximumInFlightByteCount)
        counts = ConnectionCounts(config.maximumConnections)
    }

    /// From now on accepts so many connections; those that are open stay.
    package func limitConnections(to maximum: ConnectionMaximum) { counts.limit(to: maximum) }

    /// Listens on `host` and `port` for the listener `name`; an empty host means every address, port 0 any free port.
    /// Answers the port.
    package func listen(name: String, host: String, port: Int) async throws -> Int {
        let bootstrap = ServerBootstrap(group: group)
            // Kafka's 50 makes bursts of connections wait for seconds; more costs nothing.
            .serverChannelOption(.backlog, value: Int32(clamping: max(config.backlog, 1024)))
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // Few enough that a flood of connections does not hold up those of the same loop.
            .serverChannelOption(.maxMessagesPerRead, value: 32)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 8192, maximum: 1 << 20)
            )
            .childChannelOption(
                .writeBufferWaterMark, value: ChannelOptions.Types.WriteBufferWaterMark(low: 1 << 20, high: 4 << 20)
            )
            .childChannelInitializer { channel in self.initialize(channel, listener: name) }
        let channel: any Channel
        if host.isEmpty {
            // IPv6's "any" takes IPv4 too, where the machine has IPv6.
            do { channel = try await bootstrap.bind(host: "::", port: port).get() } catch {
                channel = try await bootstrap.bind(host: "0.0.0.0", port: port).get()
            }
        } else {
            channel = try await bootstrap.bind(host: host, port: port).get()
        }
        listening.withLock { $0.append(channel) }
        return channel.localAddress?.port ?? port
    }

    private func initialize(_ channel: any Channel, listener: String) -> EventLoopFuture<Void> {
        let host = Self.address(of: channel.remoteAddress)
        guard counts.open(from: host) else { return channel.close() }
        let key = ObjectIdentifier(channel)
        open.withLock { $0[key] = channel }
        // Not when the handler sees the connection end: one that fails before it is active is never seen.
        channel.closeFuture.whenComplete { [self] _ in
            counts.close(from: host)
            open.withLock { $0[key] = nil }
        }
        if let delay = refusal(host) { return refuse(channel, after: delay) }
        let (localHost, localPort) = (Self.address(of: channel.localAddress), channel.localAddress?.port ?? 0)
        let facts = AuthenticationContext(listener: listener, host: host, localHost: localHost, localPort: localPort)
        guard let principal = identify(facts) else { return channel.close() }
        let peer = Peer(
            id: nextPeerID.wrappingAdd(1, ordering: .relaxed).oldValue, listener: listener, host: host,
            principal: principal, localHost: localHost, localPort: localPort)
        return channel.eventLoop.makeCompletedFuture {
            if let size = config.sendBufferByteCount {
                try channel.syncOptions?.setOption(.socketOption(.so_sndbuf), value: .init(size))
            }
            if let size = config.receiveBufferByteCount {
                try channel.syncOptions?.setOption(.socketOption(.so_rcvbuf), value: .init(size))
            }
            try channel.pipeline.syncOperations.addHandler(
                ConnectionHandler(
                    peer: peer, handler: handler, limits: config.limits, budget: budget,
                    halfReadBudget: halfReadBudget, timers: timers))
        }
    }

    /// The most connections that wait to be closed; more are closed at once.
    private static let maximumRefused = 1000

    /// Closes a connection after a while: a client that connects too often is slowed most by waiting for that.
    private func refuse(_ channel: any Channel, after milliseconds: Int64) -> EventLoopFuture<Void> {
        guard refused.wrappingAdd(1, ordering: .relaxed).newValue <= Self.maximumRefused else {
            refused.wrappingSubtract(1, ordering: .relaxed)
            return channel.close()
        }
        channel.closeFuture.whenComplete { [self] _ in refused.wrappingSubtract(1, ordering: .relaxed) }
        _ = timers.schedule(afterMilliseconds: milliseconds) { channel.close(promise: nil) }
        return channel.eventLoop.makeSucceededVoidFuture()
    }

    /// Lets every connection be served that waits out a pause, as when quotas have changed.
    package func endPauses() {
        let channels = open.withLock { Array($0.values) }
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(EndPauseEvent()) }
    }

    /// An IPv4 address that came in through an IPv6 socket is told as what it is.
    private static func address(of address: SocketAddress?) -> String {
        let text = address?.ipAddress ?? ""
        return text.hasPrefix("::ffff:") ? String(text.dropFirst(7)) : text
    }

    /// Accepts no more connections.
    package func stopAccepting() async {
        let channels = listening.withLock { channels in
            defer { channels = [] }
            return channels
        }
        for channel in channels { try? await channel.close() }
    }

    /// Lets every connection answer what it has been asked, then closes it; those that take longer than `grace`
    /// are cut off.
    package func drain(grace: TimeAmount) async {
        let channels = open.withLock { Array($0.values) }
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(DrainEvent()) }
        let cutOff = group.next().scheduleTask(in: grace) {
            for channel in channels { channel.close(promise: nil) }
        }
        for channel in channels { try? await channel.closeFuture.get() }
        cutOff.cancel()
    }

    /// Closes every connection at once, whatever is unanswered.
    package func disconnectAll() async {
        let channels = open.withLock { Array($0.values) }
        for channel in channels { try? await channel.close() }
    }

    /// How many connections were accepted since the start.
    package var acceptedCount: UInt64 { nextPeerID.load(ordering: .relaxed) - 1 }

    /// How many connections are open.
    package var connectionCount: Int { open.withLock { $0.count } }
}
