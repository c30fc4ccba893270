import BrokerPrimitives

extension RaftReplica {
    /// The only way from role to role within a life.
    mutating func become(_ next: Role) {
        Invariant.legalTransition.require(
            role.canBecome(next, isVoter: isVoter),
            "from \(role.kind) of epoch \(role.epoch) to \(next.kind) of epoch \(next.epoch)")
        takeUp(next)
    }

    /// Takes up a role: what it must remember goes to disk before anything is said in it.
    mutating func takeUp(_ next: Role) {
        let previous = role
        role = next
        outbound.reset()
        persistElectionState()
        if case .follower(let follower) = previous, let download = follower.download {
            emit(.abandonSnapshotDownload(download.id))
        }
        if case .leader(let leader) = previous {
            for fetch in leader.parkedFetches { replyFetch(fetch.token, error: .notLeaderOrFollower) }
        }
        announceLeader()
    }

    private mutating func persistElectionState() {
        let state = role.electionState(of: local)
        guard state != persisted else { return }
        persisted = state
        emit(.persistElectionState(state))
    }

    private mutating func announceLeader() {
        let leader = LeaderAndEpoch(epoch: epoch, leaderID: knownLeader?.id)
        guard leader != announced else { return }
        announced = leader
        emit(.leaderChanged(leader))
    }

    // MARK: To each role

    mutating func becomeUnattached(epoch: Int32, leaderID: Int32? = nil) {
        // The time that is left runs on: a peer that keeps raising the epoch must not keep this replica from an election.
        let deadline: Int64 =
            switch role {
            case .unattached(let role): role.electionDeadline ?? drawElectionDeadline()
            case .prospective(let role): role.electionDeadline
            case .candidate(let role): role.electionDeadline
            case .follower(let role): role.fetchDeadline
            case .resigned(let role): max(role.electionDeadline, now)
            case .leader: drawElectionDeadline()
            }
        become(
            .unattached(Unattached(epoch: epoch, leaderID: leaderID, electionDeadline: isVoter ? deadline : nil)))
    }

    mutating func becomeFollower(of leader: KnownLeader, epoch: Int32) {
        lostElections = 0
        let votedFor = epoch == self.epoch ? role.electionState(of: local).votedFor : nil
        become(
            .follower(
                Follower(
                    epoch: epoch, leader: leader, votedFor: votedFor,
                    fetchDeadline: now + configuration.fetchTimeoutMilliseconds)))
    }

    mutating func becomeProspective() {
        let state = role.electionState(of: local)
        let leader: KnownLeader? =
            switch role {
            case .follower(let follower): follower.leader
            case .prospective(let prospective): prospective.leader
            // That it led must not be forgotten on disk, or it could be elected in the same epoch once more.
            case .resigned: KnownLeader(id: local.id, endpoints: [])
            case .unattached(let unattached):
                unattached.leaderID.map { KnownLeader(id: $0, endpoints: endpoints(of: $0)) }
            case .candidate, .leader: nil
            }
        become(
            .prospective(
                Prospective(
                    epoch: epoch, leader: leader, votedFor: state.votedFor,
                    ballots: Ballots(voters: voters, own: local.id), electionDeadline: drawElectionDeadline())))
    }

    mutating func becomeCandidate() {
        guard let next = nextEpoch() else { return }
        become(
            .candidate(
                Candidate(
                    epoch: next, ballots: Ballots(voters: voters, own: local.id),
                    electionDeadline: drawElectionDeadline())))
    }

    mutating func becomeLeader(grantedBy granting: [Int32]) {
        lostElections = 0
        let start = log.endOffset
        become(
            .leader(
                Leader(
                    epoch: epoch, epochStartOffset: start, voters: voters, local: local.id, now: now,
                    configuration: configuration)))
        log.append(BatchSpan(baseOffset: start, endOffset: start + 1, epoch: epoch))
        emit(
            .appendLeaderChange(
                LeaderChange(
                    offset: start, epoch: epoch, leaderID: local.id, voters: voters.voters.map(\.key),
                    grantingVoters: granting.sorted().compactMap { voters[$0]?.key })))
        flushLog()
    }

    mutating func becomeResigned(after leader: Leader) {
        become(
            .resigned(
                Resigned(
                    epoch: epoch, votedFor: local, electionDeadline: drawElectionDeadline(),
                    unacknowledged: leader.followers.map(\.key.id),
                    preferredCandidates: leader.followersByDescendingEnd)))
    }

    /// The epoch after this one, or the end of the replica if there is none.
    mutating func nextEpoch() -> Int32? {
        guard epoch < Int32.max - 1 else {
            halt(.epochsExhausted(epoch: epoch))
            return nil
        }
        return epoch + 1
    }

    mutating func resign(epoch: Int32) {
        guard case .leader(let leader) = role, leader.epoch == epoch else { return }
        becomeResigned(after: leader)
    }
}

// MARK: News of epochs and leaders

extension RaftReplica {
    /// Whether what another replica says of the present epoch's leader agrees with what is known here.
    func isConsistent(leaderID: Int32?, epoch: Int32) -> Bool {
        guard let leaderID, epoch == self.epoch else { return leaderID != local.id }
        let known = role.electionState(of: local).leaderID
        if leaderID == local.id { return known == leaderID }
        return known == nil || known == leaderID
    }

    /// Follows news of a newer epoch, or of the present epoch's leader if it was unknown.
    ///
    /// - Parameter isFromLeader: the leader itself spoke, so that a replica that had lost sight of it returns.
    mutating func learn(leaderID: Int32?, epoch: Int32, endpoints: [Endpoint], isFromLeader: Bool = false) {
        guard epoch >= self.epoch, isConsistent(leaderID: leaderID, epoch: epoch) else { return }
        let leader = leaderID.map { KnownLeader(id: $0, endpoints: voters[$0]?.endpoints ?? endpoints) }
        if epoch > self.epoch {
            if let leader { becomeFollower(of: leader, epoch: epoch) } else { becomeUnattached(epoch: epoch) }
            return
        }
        guard let leader, leader.id != local.id else { return }
        switch role {
        case .unattached, .candidate: becomeFollower(of: leader, epoch: epoch)
        case .prospective(let prospective):
            if isFromLeader || prospective.leader == nil { becomeFollower(of: leader, epoch: epoch) }
        case .leader, .follower, .resigned: break
        }
    }

    /// Takes from an answer's header what concerns every answer; says whether the rest of it matters.
    mutating func takeNews(of header: ResponseHeader, from node: Int32) -> Bool {
        let before = epoch
        let hadLeader = knownLeader != nil
        if header.leaderEpoch >= epoch, header.error != .inconsistentClusterId {
            learn(leaderID: header.leaderID, epoch: header.leaderEpoch, endpoints: header.leaderEndpoints)
        }
        guard before == epoch else { return false }
        let isStale = header.leaderEpoch < epoch || header.error == .unknownLeaderEpoch
        if isStale || header.error == .fencedLeaderEpoch || header.error == .notLeaderOrFollower
            || header.error == .inconsistentClusterId
        {
            if hadLeader || knownLeader == nil {
                outbound.backOff(from: node, until: now + configuration.discoveryBackoffMilliseconds)
            }
            return false
        }
        return true
    }
}
