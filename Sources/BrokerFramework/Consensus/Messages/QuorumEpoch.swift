package import BrokerPrimitives

/// A new leader introduces itself to a voter (RPC 53).
package struct BeginQuorumEpochRequest: Hashable, Sendable {
    package let clusterID: String?
    /// Whom the request is meant for; the id is nil if the sender's version does not tell it.
    package let voterID: Int32?
    package let voterDirectoryID: KafkaUUID
    package let leaderID: Int32
    package let leaderEpoch: Int32
    package let leaderEndpoints: [Endpoint]

    package init(
        clusterID: String?, voterID: Int32?, voterDirectoryID: KafkaUUID, leaderID: Int32, leaderEpoch: Int32,
        leaderEndpoints: [Endpoint]
    ) {
        self.clusterID = clusterID
        self.voterID = voterID
        self.voterDirectoryID = voterDirectoryID
        self.leaderID = leaderID
        self.leaderEpoch = leaderEpoch
        self.leaderEndpoints = leaderEndpoints
    }
}

package struct BeginQuorumEpochResponse: Hashable, Sendable {
    package let header: ResponseHeader

    package init(header: ResponseHeader) { self.header = header }
}

/// A leader that gives up tells its voters, the best successors first (RPC 54).
package struct EndQuorumEpochRequest: Hashable, Sendable {
    package let clusterID: String?
    package let leaderID: Int32
    package let leaderEpoch: Int32
    /// Voters by descending log end (`PreferredCandidates`; in version 0 `PreferredSuccessors`, without directory ids).
    package let preferredCandidates: [ReplicaKey]
    package let leaderEndpoints: [Endpoint]

    package init(
        clusterID: String?, leaderID: Int32, leaderEpoch: Int32, preferredCandidates: [ReplicaKey],
        leaderEndpoints: [Endpoint]
    ) {
        self.clusterID = clusterID
        self.leaderID = leaderID
        self.leaderEpoch = leaderEpoch
        self.preferredCandidates = preferredCandidates
        self.leaderEndpoints = leaderEndpoints
    }
}

package struct EndQuorumEpochResponse: Hashable, Sendable {
    package let header: ResponseHeader

    package init(header: ResponseHeader) { self.header = header }
}
