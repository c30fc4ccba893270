extension RaftReplica {
    /// Comes back in the role that what is on disk allows.
    mutating func start() {
        Invariant.startsOnce.require(!hasStarted, ".started came twice")
        hasStarted = true
        if let latest = log.latestSnapshot {
            // The process ended between the installation of a snapshot and the reset of the log.
            if !log.contains(latest.id) { resetLog(to: latest.id) }
            emit(.loadSnapshot(latest.id))
        }
        takeUp(initialRole())
        // Nobody to wait for, and nobody to ask.
        if voters.isOnly(local) { becomeProspective() }
    }

    private mutating func initialRole() -> Role {
        let state = role.electionState(of: local)
        if state.leaderID == local.id {
            return .resigned(
                Resigned(
                    epoch: state.epoch, votedFor: state.votedFor, electionDeadline: drawElectionDeadline(),
                    unacknowledged: voters.ids.filter { $0 != local.id }, preferredCandidates: []))
        }
        if isVoter, state.votedFor == local, state.leaderID == nil {
            return .candidate(
                Candidate(
                    epoch: state.epoch, ballots: Ballots(voters: voters, own: local.id),
                    electionDeadline: drawElectionDeadline()))
        }
        if let leader = state.leaderID.flatMap({ voters[$0] }) {
            return .follower(
                Follower(
                    epoch: state.epoch, leader: KnownLeader(id: leader.key.id, endpoints: leader.endpoints),
                    votedFor: state.votedFor, fetchDeadline: now + configuration.fetchTimeoutMilliseconds))
        }
        return .unattached(
            Unattached(
                epoch: state.epoch, leaderID: state.leaderID, votedFor: state.votedFor,
                electionDeadline: isVoter ? drawElectionDeadline() : nil))
    }

    mutating func beginShutdown(timeoutMilliseconds: Int64) {
        guard shutdownDeadline == nil else { return }
        shutdownDeadline = now.addingReportingOverflow(max(0, timeoutMilliseconds)).partialValue
        if case .leader(let leader) = role { becomeResigned(after: leader) }
    }

    /// Ends the replica once nobody needs it: another leads, there is nobody else, or time is up.
    mutating func pollShutdown() {
        guard let deadline = shutdownDeadline, !isSilent else { return }
        let isFollowing = role.kind == .follower
        if isFollowing || !isVoter || voters.isOnly(local) || deadline <= now {
            isSilent = true
            emit(.shutdownCompleted)
        }
    }
}
