public import BrokerWorld

/// What every connection of a client shares.
public struct ClientConfiguration: Sendable {
    /// Brokers to ask first; any one of the cluster will do.
    public var bootstrapServers: [BrokerAddress]
    /// The name the client gives itself in requests, for the broker's logs and quotas.
    public var clientID: String = "swift-client"
    /// How long a request may take before its connection is given up. Milliseconds, more than 0.
    public var requestTimeoutMilliseconds: Int64 = 30_000
    /// How long opening a connection may take. Milliseconds, more than 0.
    public var connectTimeoutMilliseconds: Int64 = 10_000
    /// How long an operation made of several requests goes on trying, unless it has a limit of its own. Milliseconds.
    public var operationTimeoutMilliseconds: Int64 = 60_000
    /// The wait after a failed try; doubles with every further one. Milliseconds, more than 0.
    public var retryBackoffMilliseconds: Int64 = 100
    /// The longest wait after a failed try. Milliseconds.
    public var retryBackoffMaximumMilliseconds: Int64 = 1_000
    /// The wait before connecting again to a broker that could not be reached; doubles, too. Milliseconds.
    public var reconnectBackoffMilliseconds: Int64 = 50
    /// The longest wait before connecting again. Milliseconds.
    public var reconnectBackoffMaximumMilliseconds: Int64 = 1_000
    /// The age at which metadata is asked for anew though nothing failed. Milliseconds.
    public var metadataMaximumAgeMilliseconds: Int64 = 300_000
    /// The largest answer that is accepted, in bytes.
    public var maximumResponseByteCount: Int = 128 << 20
    /// Whether asking for a topic that does not exist may create it, if the broker allows that.
    public var allowsAutoTopicCreation = true
    /// Clocks and chance.
    public var world: World = .system
    /// What waits for time waits here, except for answers: a connection counts their time itself. Whoever replaces the
    /// world's clock replaces this with it.
    public var timers: Timers

    /// - Parameter bootstrapServers: at least one.
    public init(bootstrapServers: [BrokerAddress]) {
        timers = .eventLoops
        self.bootstrapServers = bootstrapServers
    }

    /// - Parameter bootstrapServers: `host:port`, several separated by commas; the port is 9092 if left out.
    public init(bootstrapServers: String) throws(ClientError) {
        self.init(bootstrapServers: try BrokerAddress.list(bootstrapServers))
    }
}
