public import BrokerModel
public import BrokerPrimitives
internal import BrokerWire

/// The Raft quorum that keeps the cluster's metadata (KIP-836).
public struct QuorumDescription: Sendable, Hashable {
    public var leader: NodeID?
    public var leaderEpoch: LeaderEpoch
    /// Everything before it is committed.
    public var highWatermark: Offset
    public var voters: [Replica]
    public var observers: [Replica]

    /// How far a member of the quorum has come.
    public struct Replica: Sendable, Hashable {
        public var id: NodeID
        /// All zero if the broker does not tell.
        public var directoryID: KafkaUUID
        public var logEndOffset: Offset
        /// When it last asked the leader for records, in milliseconds since 1970; nil if never or not told.
        public var lastFetchTimestamp: Timestamp?
        /// When it last had everything, in milliseconds since 1970; nil if never or not told.
        public var lastCaughtUpTimestamp: Timestamp?
    }
}

extension AdminClient {
    /// Describes the quorum of the metadata log.
    ///
    /// - Throws: `.unsupportedVersion` where the broker does not tell.
    public func describeQuorum() async throws(ClientError) -> QuorumDescription {
        let request = DescribeQuorumRequest(
            topics: [.init(topicName: "__cluster_metadata", partitions: [.init(partitionIndex: 0)])])
        return try await cluster.retrying { () async throws(ClientError) in
            let response = try await sendToController(request)
            guard response.errorCode == .none else {
                throw .server(response.errorCode, "describe quorum", message: response.errorMessage)
            }
            guard let answer = response.topics.first?.partitions.first else {
                throw Self.unanswered("__cluster_metadata")
            }
            guard answer.errorCode == .none else {
                throw .server(answer.errorCode, "describe quorum", message: answer.errorMessage)
            }
            return QuorumDescription(
                leader: answer.leaderID >= 0 ? answer.leaderID : nil, leaderEpoch: answer.leaderEpoch,
                highWatermark: answer.highWatermark, voters: answer.currentVoters.map(QuorumDescription.Replica.init),
                observers: answer.observers.map(QuorumDescription.Replica.init))
        }
    }
}

extension QuorumDescription.Replica {
    fileprivate init(_ state: DescribeQuorumResponse.ReplicaState) {
        let known = { (time: Int64) in time >= 0 ? time : nil }
        self.init(
            id: state.replicaID, directoryID: state.replicaDirectoryID, logEndOffset: state.logEndOffset,
            lastFetchTimestamp: known(state.lastFetchTimestamp),
            lastCaughtUpTimestamp: known(state.lastCaughtUpTimestamp))
    }
}
