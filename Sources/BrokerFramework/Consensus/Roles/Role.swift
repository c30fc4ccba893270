/// What a replica is in its epoch.
///
/// Legal transitions (same epoch unless said otherwise; to a higher epoch every role may become unattached or follower):
///
/// | from        | to |
/// |-------------|----|
/// | unattached  | unattached (votes, or tries the next leader), prospective (election timeout), follower (hears its leader) |
/// | prospective | prospective (votes), candidate (majority of pre-votes, next epoch), unattached or follower (no majority) |
/// | candidate   | leader (majority of votes), prospective (no majority), follower (another won) |
/// | leader      | resigned (lost its majority, or wants to stop) |
/// | follower    | prospective (fetch timeout), unattached (an observer that lost its leader) |
/// | resigned    | unattached (next epoch), prospective (only as the sole voter, at start) |
///
/// Observers are only ever unattached or follower, or resigned if they led before they lost their vote.
enum Role: Hashable, Sendable {
    case unattached(Unattached)
    case prospective(Prospective)
    case candidate(Candidate)
    case leader(Leader)
    case follower(Follower)
    case resigned(Resigned)

    var epoch: Int32 {
        switch self {
        case .unattached(let role): role.epoch
        case .prospective(let role): role.epoch
        case .candidate(let role): role.epoch
        case .leader(let role): role.epoch
        case .follower(let role): role.epoch
        case .resigned(let role): role.epoch
        }
    }

    var kind: RoleKind {
        switch self {
        case .unattached: .unattached
        case .prospective: .prospective
        case .candidate: .candidate
        case .leader: .leader
        case .follower: .follower
        case .resigned: .resigned
        }
    }

    /// When this role must act by itself.
    var deadline: Int64? {
        switch self {
        case .unattached(let role): role.electionDeadline
        case .prospective(let role): role.electionDeadline
        case .candidate(let role): role.deadline
        case .leader(let role): role.nextDeadline
        case .follower(let role): role.fetchDeadline
        case .resigned(let role): role.electionDeadline
        }
    }

    /// What must be remembered of this role over a restart of the replica `local`.
    func electionState(of local: ReplicaKey) -> ElectionState {
        switch self {
        case .unattached(let role):
            ElectionState(epoch: role.epoch, leaderID: role.leaderID, votedFor: role.votedFor)
        case .prospective(let role):
            ElectionState(epoch: role.epoch, leaderID: role.leader?.id, votedFor: role.votedFor)
        case .candidate(let role):
            ElectionState(epoch: role.epoch, votedFor: local)
        case .leader(let role):
            ElectionState(epoch: role.epoch, leaderID: local.id, votedFor: local)
        case .follower(let role):
            ElectionState(epoch: role.epoch, leaderID: role.leader.id, votedFor: role.votedFor)
        case .resigned(let role):
            ElectionState(epoch: role.epoch, leaderID: local.id, votedFor: role.votedFor)
        }
    }

    func canBecome(_ next: Role, isVoter: Bool) -> Bool {
        guard next.epoch == epoch else {
            switch next {
            case .unattached, .follower: return next.epoch > epoch
            case .candidate: return kind == .prospective && next.epoch == epoch + 1 && isVoter
            case .prospective, .leader, .resigned: return false
            }
        }
        switch (kind, next.kind) {
        case (.unattached, .unattached), (.unattached, .follower): return true
        case (.unattached, .prospective), (.follower, .prospective), (.candidate, .prospective),
            (.prospective, .prospective), (.resigned, .prospective):
            return isVoter
        case (.prospective, .unattached), (.prospective, .follower): return true
        case (.candidate, .leader): return isVoter
        case (.candidate, .follower): return true
        case (.leader, .resigned): return true
        case (.follower, .unattached): return !isVoter
        default: return false
        }
    }
}

/// The name of a role.
package enum RoleKind: String, Hashable, Sendable {
    case unattached, prospective, candidate, leader, follower, resigned
}

/// A leader and where to reach it.
struct KnownLeader: Hashable, Sendable {
    let id: Int32
    let endpoints: [Endpoint]
}
