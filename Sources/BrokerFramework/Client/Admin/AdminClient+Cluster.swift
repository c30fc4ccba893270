public import BrokerModel
internal import BrokerPrimitives
internal import BrokerWire

/// The cluster as a broker describes it.
public struct ClusterDescription: Sendable, Hashable {
    public var clusterID: String
    public var controller: NodeID?
    /// By id.
    public var brokers: [BrokerNode]
    /// The brokers that are registered but may not lead; empty if the broker is too old to tell (KIP-1073).
    public var fencedBrokers: Set<NodeID>
}

/// A feature of the cluster and the levels it may have (KIP-584).
public struct ClusterFeature: Sendable, Hashable {
    public var name: String
    /// The level in force; 0 if it is off.
    public var level: Int16
    /// The levels the broker that answered could serve; nil if it does not know the feature.
    public var supportedLevels: ClosedRange<Int16>?
}

extension AdminClient {
    /// Describes the cluster: its brokers and who controls it.
    public func describeCluster() async throws(ClientError) -> ClusterDescription {
        try await cluster.retrying { () async throws(ClientError) in
            let connection = try await cluster.anyConnection()
            let tellsFenced = connection.versions[.describeCluster].map { $0.upperBound >= 2 } ?? false
            let response = try await connection.send(DescribeClusterRequest(includeFencedBrokers: tellsFenced))
            guard response.errorCode == .none else {
                throw .server(response.errorCode, "describe cluster", message: response.errorMessage)
            }
            return ClusterDescription(
                clusterID: response.clusterID, controller: response.controllerID >= 0 ? response.controllerID : nil,
                brokers: response.brokers.map {
                    BrokerNode(
                        id: $0.brokerID, address: BrokerAddress(host: $0.host, port: Int($0.port)), rack: $0.rack)
                }.sorted { $0.id < $1.id },
                fencedBrokers: Set(response.brokers.lazy.filter(\.isFenced).map(\.brokerID)))
        }
    }

    /// The features of the cluster, by name, as one broker tells them.
    public func describeFeatures() async throws(ClientError) -> [ClusterFeature] {
        try await cluster.retrying { () async throws(ClientError) in
            let request = ApiVersionsRequest(clientSoftwareName: "swift-broker-client", clientSoftwareVersion: "1.0.0")
            let response = try await cluster.anyConnection().send(request, within: 3...4)
            guard response.errorCode == .none else { throw .server(response.errorCode, "describe features") }
            var features: [String: ClusterFeature] = [:]
            for supported in response.supportedFeatures where supported.minVersion <= supported.maxVersion {
                features[supported.name] = ClusterFeature(
                    name: supported.name, level: 0, supportedLevels: supported.minVersion...supported.maxVersion)
            }
            for finalized in response.finalizedFeatures {
                features[finalized.name, default: ClusterFeature(name: finalized.name, level: 0)].level =
                    finalized.maxVersionLevel
            }
            return features.values.sorted { $0.name < $1.name }
        }
    }

    /// The versions of each API that a broker answers.
    public func describeVersions(of broker: NodeID) async throws(ClientError) -> SupportedVersions {
        try await cluster.retrying { () async throws(ClientError) in
            if await cluster.metadata.brokers[broker] == nil { try await cluster.refresh([]) }
            return try await cluster.connection(to: broker).versions
        }
    }
}
