import BrokerPrimitives

extension RaftReplica {
    func isOurCluster(_ clusterID: String?) -> Bool { clusterID == nil || clusterID == self.clusterID }

    /// Whether a request that names its receiver means this replica, with this directory.
    func isMeantForUs(voterID: Int32?, directoryID: KafkaUUID) -> Bool {
        guard let voterID else { return true }
        return voterID == local.id && (directoryID == .zero || directoryID == local.directoryID)
    }

    mutating func received(_ request: VoteRequest, _ token: RequestToken) {
        let (error, isGranted) = vote(on: request)
        emit(.reply(token, .vote(VoteResponse(header: header(error), isGranted: isGranted))))
    }

    private mutating func vote(on request: VoteRequest) -> (ErrorCode, isGranted: Bool) {
        guard isOurCluster(request.clusterID) else { return (.inconsistentClusterId, false) }
        // A candidate's log ends in an earlier epoch than the one it wants; one that only asks may still be in it.
        let latestLogEpoch = request.isPreVote ? request.epoch : request.epoch &- 1
        guard request.candidate.id >= 0, request.epoch >= 0, request.logEnd.offset >= 0,
            (0...max(0, latestLogEpoch)).contains(request.logEnd.epoch), request.isPreVote || request.epoch > 0
        else { return (.invalidRequest, false) }
        guard request.epoch >= epoch else { return (.fencedLeaderEpoch, false) }
        if request.epoch > epoch { becomeUnattached(epoch: request.epoch) }
        guard isMeantForUs(voterID: request.voterID, directoryID: request.voterDirectoryID) else {
            return (.invalidVoterKey, false)
        }
        let isUpToDate = request.logEnd >= log.end
        guard !request.isPreVote else { return (.none, isUpToDate && wouldVote) }
        return (.none, castVote(for: request.candidate, isUpToDate: isUpToDate))
    }

    /// Whether a pre-vote may be granted if the log allows: no leader is there that this replica could speak for.
    private var wouldVote: Bool {
        switch role {
        case .unattached, .prospective, .candidate, .resigned: true
        case .follower(let follower): !follower.hasFetchedFromLeader
        case .leader: false
        }
    }

    /// Gives the one vote of this epoch, or the same vote again. It is on its way to disk before the answer is.
    private mutating func castVote(for candidate: ReplicaKey, isUpToDate: Bool) -> Bool {
        switch role {
        case .unattached(let unattached):
            if let vote = unattached.votedFor { return isSame(vote, candidate) }
            guard unattached.leaderID == nil, isUpToDate else { return false }
            become(
                .unattached(
                    Unattached(
                        epoch: epoch, votedFor: candidate, electionDeadline: isVoter ? drawElectionDeadline() : nil)))
            return true
        case .prospective(var prospective):
            if let vote = prospective.votedFor { return isSame(vote, candidate) }
            guard prospective.leader == nil, isUpToDate else { return false }
            prospective.votedFor = candidate
            become(.prospective(prospective))
            return true
        case .candidate, .leader, .follower, .resigned:
            return false
        }
    }

    private func isSame(_ vote: ReplicaKey, _ candidate: ReplicaKey) -> Bool {
        vote.id == candidate.id && (vote.directoryID == .zero || vote.directoryID == candidate.directoryID)
    }

    mutating func received(_ response: VoteResponse, from node: Int32) {
        let error = response.header.error
        switch role {
        case .prospective(var prospective):
            // A voter that does not know of pre-votes cannot be asked; the vote proper decides.
            if error == .unsupportedVersion { return becomeCandidate() }
            guard error == .none else { return backOff(from: node) }
            prospective.ballots.record(node, isGranted: response.isGranted)
            role = .prospective(prospective)
        case .candidate(var candidate):
            guard error == .none else { return backOff(from: node) }
            candidate.ballots.record(node, isGranted: response.isGranted)
            if candidate.ballots.isLost, candidate.backoffDeadline == nil {
                candidate.backoffDeadline = now + drawElectionBackoff()
            }
            role = .candidate(candidate)
        case .unattached, .leader, .follower, .resigned:
            break
        }
    }

    mutating func backOff(from node: Int32) {
        outbound.backOff(from: node, until: now + configuration.retryBackoffMilliseconds)
    }

    /// Waits after lost elections: a random multiple of a base that doubles with each, up to the configured limit.
    private mutating func drawElectionBackoff() -> Int64 {
        lostElections += 1
        let slots = Int64(1) << min(lostElections, 10)
        let backoff = Self.electionBackoffBaseMilliseconds * Int64.random(in: 0..<slots, using: &random)
        return min(backoff, configuration.electionBackoffMaxMilliseconds)
    }

    static var electionBackoffBaseMilliseconds: Int64 { 100 }

    func voteRequest(to voter: Voter, isPreVote: Bool) -> RaftRequest {
        .vote(
            VoteRequest(
                clusterID: clusterID, voterID: voter.key.id, voterDirectoryID: voter.key.directoryID, candidate: local,
                epoch: epoch, logEnd: log.end, isPreVote: isPreVote))
    }
}
