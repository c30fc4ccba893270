package import BrokerPrimitives

/// Asks for a vote, or with `isPreVote` whether a vote would be given (RPC 52, KIP-595, KIP-996).
package struct VoteRequest: Hashable, Sendable {
    package let clusterID: String?
    /// Whom the request is meant for; the id is nil if the sender's version does not tell it.
    package let voterID: Int32?
    package let voterDirectoryID: KafkaUUID
    /// The replica that wants to lead.
    package let candidate: ReplicaKey
    /// The epoch it wants to lead, or for a pre-vote the epoch it is in (`ReplicaEpoch`).
    package let epoch: Int32
    /// The end of the candidate's log (`LastOffsetEpoch`, `LastOffset`).
    package let logEnd: OffsetAndEpoch
    package let isPreVote: Bool

    package init(
        clusterID: String?, voterID: Int32?, voterDirectoryID: KafkaUUID, candidate: ReplicaKey, epoch: Int32,
        logEnd: OffsetAndEpoch, isPreVote: Bool
    ) {
        self.clusterID = clusterID
        self.voterID = voterID
        self.voterDirectoryID = voterDirectoryID
        self.candidate = candidate
        self.epoch = epoch
        self.logEnd = logEnd
        self.isPreVote = isPreVote
    }
}

package struct VoteResponse: Hashable, Sendable {
    package let header: ResponseHeader
    package let isGranted: Bool

    package init(header: ResponseHeader, isGranted: Bool) {
        self.header = header
        self.isGranted = isGranted
    }
}
