extension RaftReplica {
    /// When ``Event/ticked`` is due at the latest; nil if nothing will happen by itself.
    package var nextDeadline: Int64? {
        guard hasStarted, !isSilent else { return nil }
        return [waitsToEnd ? nil : role.deadline, outbound.nextDeadline, shutdownDeadline].compactMap(\.self).min()
    }

    /// A replica that is about to stop begins nothing new, and goes by the deadline of its stop alone.
    private var waitsToEnd: Bool {
        guard shutdownDeadline != nil else { return false }
        switch role {
        case .unattached, .candidate, .resigned: return true
        case .prospective, .leader, .follower: return false
        }
    }

    /// Does everything that is due, until the role stays what it is. A sole voter goes from unattached to leader in one go.
    mutating func poll() {
        pollShutdown()
        var before: (RoleKind, Int32)
        repeat {
            guard !isSilent else { return }
            before = (role.kind, epoch)
            switch role {
            case .unattached(let unattached): poll(unattached)
            case .prospective(let prospective): poll(prospective)
            case .candidate(let candidate): poll(candidate)
            case .leader: pollLeader()
            case .follower(let follower): poll(follower)
            case .resigned(let resigned): poll(resigned)
            }
        } while before != (role.kind, epoch)
        pollShutdown()
    }

    private mutating func poll(_ unattached: Unattached) {
        if isVoter, shutdownDeadline == nil,
            voters.isOnly(local) || unattached.electionDeadline.map({ $0 <= now }) ?? false
        {
            return becomeProspective()
        }
        findLeader()
    }

    /// Fetches from any voter: whoever is asked names the leader.
    private mutating func findLeader() {
        guard mayFetch, !outbound.isWaitingForAnyone else { return }
        let others = voters.voters.filter { $0.key.id != local.id && outbound.isReady($0.key.id) }
        guard let voter = others.randomElement(using: &random) else { return }
        sendFetch(to: voter.key.id, endpoints: voter.endpoints)
    }

    private mutating func poll(_ prospective: Prospective) {
        if prospective.ballots.isWon { return becomeCandidate() }
        if prospective.ballots.isLost || prospective.electionDeadline <= now {
            if let leader = prospective.leader, voters[leader.id] != nil || !leader.endpoints.isEmpty {
                return becomeFollower(of: leader, epoch: epoch)
            }
            return become(
                .unattached(
                    Unattached(
                        epoch: epoch, leaderID: prospective.leader?.id, votedFor: prospective.votedFor,
                        electionDeadline: drawElectionDeadline())))
        }
        requestVotes(prospective.ballots, isPreVote: true)
    }

    private mutating func poll(_ candidate: Candidate) {
        if candidate.ballots.isWon { return becomeLeader(grantedBy: candidate.ballots.granted) }
        if candidate.deadline <= now, shutdownDeadline == nil { return becomeProspective() }
        if candidate.backoffDeadline == nil { requestVotes(candidate.ballots, isPreVote: false) }
    }

    private mutating func requestVotes(_ ballots: Ballots, isPreVote: Bool) {
        for voter in voters.voters
        where voter.key.id != local.id && ballots.isWaitingFor(voter.key.id) && outbound.isReady(voter.key.id) {
            send(voteRequest(to: voter, isPreVote: isPreVote), to: voter.key.id, endpoints: voter.endpoints)
        }
    }

    private mutating func pollLeader() {
        guard case .leader(let leader) = role else { return }
        if let deadline = leader.checkQuorumDeadline, deadline <= now { return becomeResigned(after: leader) }
        advanceLeaderHighWatermark()
        completeParkedFetches()
        introduceLeader()
    }

    /// Tells voters that are silent who leads.
    private mutating func introduceLeader() {
        guard case .leader(var leader) = role else { return }
        let due = leader.followers.indices.filter { leader.followers[$0].announceAt <= now }
        for index in due {
            leader.followers[index].announceAt = now + configuration.beginQuorumEpochIntervalMilliseconds
        }
        role = .leader(leader)
        for key in due.map({ leader.followers[$0].key }) where outbound.isReady(key.id) {
            let request = BeginQuorumEpochRequest(
                clusterID: clusterID, voterID: key.id, voterDirectoryID: key.directoryID, leaderID: local.id,
                leaderEpoch: epoch, leaderEndpoints: endpoints(of: local.id))
            send(.beginQuorumEpoch(request), to: key.id, endpoints: endpoints(of: key.id))
        }
    }

    private mutating func poll(_ follower: Follower) {
        if follower.fetchDeadline <= now, shutdownDeadline == nil {
            if isVoter { return becomeProspective() }
            return becomeUnattached(epoch: epoch, leaderID: follower.leader.id)
        }
        fetchFromLeader(follower)
    }

    private mutating func poll(_ resigned: Resigned) {
        if resigned.electionDeadline <= now, shutdownDeadline == nil {
            if let next = nextEpoch() { becomeUnattached(epoch: next) }
            return
        }
        for id in resigned.unacknowledged where outbound.isReady(id) {
            let request = EndQuorumEpochRequest(
                clusterID: clusterID, leaderID: local.id, leaderEpoch: epoch,
                preferredCandidates: resigned.preferredCandidates, leaderEndpoints: endpoints(of: local.id))
            send(.endQuorumEpoch(request), to: id, endpoints: endpoints(of: id))
        }
    }
}
