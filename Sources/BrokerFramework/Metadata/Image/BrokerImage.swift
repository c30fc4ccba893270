public import BrokerModel
public import BrokerPrimitives
package import BrokerWire

/// A broker that is registered with the controller.
public struct BrokerImage: Hashable, Sendable {
    public struct Endpoint: Hashable, Sendable {
        public var name: String
        public var host: String
        public var port: UInt16
        /// 0 for PLAINTEXT.
        public var securityProtocol: Int16

        public init(name: String, host: String, port: UInt16, securityProtocol: Int16) {
            self.name = name
            self.host = host
            self.port = port
            self.securityProtocol = securityProtocol
        }
    }

    /// The levels of a feature that a broker can work with.
    public struct Feature: Hashable, Sendable {
        public var name: String
        public var minimum: Int16
        public var maximum: Int16

        public init(name: String, minimum: Int16, maximum: Int16) {
            self.name = name
            self.minimum = minimum
            self.maximum = maximum
        }
    }

    public var id: NodeID
    /// Another one for each start of the process.
    public var incarnation: KafkaUUID
    /// The offset of the registration's record.
    public var epoch: Int64
    public var endpoints: [Endpoint]
    public var features: [Feature]
    public var rack: String?
    /// A fenced broker leads no partition and is not told to clients.
    public var isFenced: Bool
    public var isInControlledShutdown: Bool
    public var logDirectories: [KafkaUUID]
    /// The directories that take no new partitions (KIP-1066); nil if the broker never told.
    public var cordonedLogDirectories: [KafkaUUID]?

    /// A broker that wants to register; it gets its epoch with that.
    public init(
        id: NodeID, incarnation: KafkaUUID, endpoints: [Endpoint], features: [Feature], rack: String?,
        logDirectories: [KafkaUUID]
    ) {
        self.id = id
        self.incarnation = incarnation
        epoch = -1
        self.endpoints = endpoints
        self.features = features
        self.rack = rack
        isFenced = true
        isInControlledShutdown = false
        self.logDirectories = logDirectories
    }

    init(_ record: RegisterBrokerRecord) {
        id = record.brokerID
        incarnation = record.incarnationID
        epoch = record.brokerEpoch
        endpoints = record.endPoints.map { endpoint in
            Endpoint(
                name: endpoint.name, host: endpoint.host, port: endpoint.port,
                securityProtocol: endpoint.securityProtocol)
        }
        features = record.features.map { feature in
            Feature(
                name: feature.name, minimum: feature.minSupportedVersion, maximum: feature.maxSupportedVersion)
        }
        rack = record.rack
        isFenced = record.fenced
        isInControlledShutdown = record.inControlledShutdown
        logDirectories = record.logDirs
        cordonedLogDirectories = record.cordonedLogDirs
    }

    mutating func apply(_ change: BrokerRegistrationChangeRecord) {
        if change.fenced != 0 { isFenced = change.fenced > 0 }
        if change.inControlledShutdown != 0 { isInControlledShutdown = change.inControlledShutdown > 0 }
        if !change.logDirs.isEmpty { logDirectories = change.logDirs }
        if let cordoned = change.cordonedLogDirs { cordonedLogDirectories = cordoned }
    }

    package var record: RegisterBrokerRecord {
        var record = RegisterBrokerRecord()
        record.brokerID = id
        record.incarnationID = incarnation
        record.brokerEpoch = epoch
        record.endPoints = endpoints.map { endpoint in
            var entry = RegisterBrokerRecord.BrokerEndpoint()
            entry.name = endpoint.name
            entry.host = endpoint.host
            entry.port = endpoint.port
            entry.securityProtocol = endpoint.securityProtocol
            return entry
        }
        record.features = features.map { feature in
            var entry = RegisterBrokerRecord.BrokerFeature()
            entry.name = feature.name
            entry.minSupportedVersion = feature.minimum
            entry.maxSupportedVersion = feature.maximum
            return entry
        }
        record.rack = rack
        record.fenced = isFenced
        record.inControlledShutdown = isInControlledShutdown
        record.logDirs = logDirectories
        record.cordonedLogDirs = cordonedLogDirectories
        return record
    }
}
