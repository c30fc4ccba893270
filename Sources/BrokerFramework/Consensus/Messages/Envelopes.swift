/// A request of the quorum: one that came in, or one to send.
package enum RaftRequest: Hashable, Sendable {
    case vote(VoteRequest)
    case beginQuorumEpoch(BeginQuorumEpochRequest)
    case endQuorumEpoch(EndQuorumEpochRequest)
    case fetch(FetchRequest)
    case fetchSnapshot(FetchSnapshotRequest)
}

/// An answer to give.
package enum RaftReply: Hashable, Sendable {
    case vote(VoteResponse)
    case beginQuorumEpoch(BeginQuorumEpochResponse)
    case endQuorumEpoch(EndQuorumEpochResponse)
    case fetch(FetchReply)
    case fetchSnapshot(FetchSnapshotReply)
}

/// An answer that came in.
package enum RaftResponse: Hashable, Sendable {
    case vote(VoteResponse)
    case beginQuorumEpoch(BeginQuorumEpochResponse)
    case endQuorumEpoch(EndQuorumEpochResponse)
    case fetch(FetchResponse)
    case fetchSnapshot(FetchSnapshotResponse)

    var header: ResponseHeader {
        switch self {
        case .vote(let response): response.header
        case .beginQuorumEpoch(let response): response.header
        case .endQuorumEpoch(let response): response.header
        case .fetch(let response): response.header
        case .fetchSnapshot(let response): response.header
        }
    }
}

/// Joins a request we sent to its answer. Unique in one life of a replica; answers to an earlier life must not be handed in.
package struct CorrelationID: Hashable, Sendable, Comparable {
    package let value: UInt64

    package init(value: UInt64) { self.value = value }

    package static func < (left: CorrelationID, right: CorrelationID) -> Bool { left.value < right.value }
}

/// The driver's name for a request it was sent; answered by exactly one ``Effect/reply(_:_:)``, unless the replica stops first.
package struct RequestToken: Hashable, Sendable {
    package let value: UInt64

    package init(value: UInt64) { self.value = value }
}

/// The driver's name for a proposal.
package struct ProposalToken: Hashable, Sendable {
    package let value: UInt64

    package init(value: UInt64) { self.value = value }
}
