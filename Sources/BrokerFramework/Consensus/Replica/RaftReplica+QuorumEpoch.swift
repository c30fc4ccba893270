import BrokerPrimitives

extension RaftReplica {
    /// What is wrong with a request that only a leader of the present or a newer epoch may send.
    private func errorOfLeaderRequest(clusterID: String?, leaderID: Int32, epoch: Int32) -> ErrorCode {
        if !isOurCluster(clusterID) { return .inconsistentClusterId }
        if leaderID < 0 || epoch < 0 { return .invalidRequest }
        if epoch < self.epoch { return .fencedLeaderEpoch }
        // Somebody claims an epoch that belongs to another, or this replica's own past: never to be followed.
        if leaderID == local.id || !isConsistent(leaderID: leaderID, epoch: epoch) { return .invalidRequest }
        return .none
    }

    mutating func received(_ request: BeginQuorumEpochRequest, _ token: RequestToken) {
        let error = follow(request)
        emit(.reply(token, .beginQuorumEpoch(BeginQuorumEpochResponse(header: header(error)))))
    }

    private mutating func follow(_ request: BeginQuorumEpochRequest) -> ErrorCode {
        let error = errorOfLeaderRequest(
            clusterID: request.clusterID, leaderID: request.leaderID, epoch: request.leaderEpoch)
        guard error == .none else { return error }
        learn(
            leaderID: request.leaderID, epoch: request.leaderEpoch, endpoints: request.leaderEndpoints,
            isFromLeader: true)
        guard isMeantForUs(voterID: request.voterID, directoryID: request.voterDirectoryID) else {
            return .invalidVoterKey
        }
        if case .follower(var follower) = role {
            follower.fetchDeadline = max(follower.fetchDeadline, now + configuration.fetchTimeoutMilliseconds)
            role = .follower(follower)
        }
        return .none
    }

    mutating func received(_ response: BeginQuorumEpochResponse, from node: Int32) {
        if response.header.error != .none { backOff(from: node) }
    }

    mutating func received(_ request: EndQuorumEpochRequest, _ token: RequestToken) {
        let error = leave(request)
        emit(.reply(token, .endQuorumEpoch(EndQuorumEpochResponse(header: header(error)))))
    }

    private mutating func leave(_ request: EndQuorumEpochRequest) -> ErrorCode {
        let error = errorOfLeaderRequest(
            clusterID: request.clusterID, leaderID: request.leaderID, epoch: request.leaderEpoch)
        guard error == .none else { return error }
        learn(leaderID: request.leaderID, epoch: request.leaderEpoch, endpoints: request.leaderEndpoints)
        if isVoter, case .follower(var follower) = role {
            follower.fetchDeadline = min(
                follower.fetchDeadline, now + drawSuccessionBackoff(request.preferredCandidates))
            // By its own word the leader is gone: others may have this replica's pre-vote.
            follower.hasFetchedFromLeader = false
            role = .follower(follower)
        }
        return .none
    }

    /// The best successor goes ahead at once, each next one waits twice as long; whoever is not in the list waits longest.
    /// Without a list the waits are drawn.
    private mutating func drawSuccessionBackoff(_ candidates: [ReplicaKey]) -> Int64 {
        let longest = configuration.electionBackoffMaxMilliseconds
        guard !candidates.isEmpty else { return Int64.random(in: 0...max(0, longest), using: &random) }
        guard let place = candidates.firstIndex(where: { $0.id == local.id }) else { return longest }
        return place == 0 ? 0 : min(longest, Self.electionBackoffBaseMilliseconds << Int64(min(place, 10)))
    }

    mutating func received(_ response: EndQuorumEpochResponse, from node: Int32) {
        guard case .resigned(var resigned) = role else { return }
        guard response.header.error == .none else { return backOff(from: node) }
        resigned.unacknowledged.removeAll { $0 == node }
        role = .resigned(resigned)
    }
}
