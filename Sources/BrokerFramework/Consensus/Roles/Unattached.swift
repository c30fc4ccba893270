/// Knows its epoch, but no leader it could fetch from.
struct Unattached: Hashable, Sendable {
    let epoch: Int32
    /// The leader by name, if that is all that is known of it.
    let leaderID: Int32?
    let votedFor: ReplicaKey?
    /// When an election is due; nil for an observer.
    let electionDeadline: Int64?

    init(epoch: Int32, leaderID: Int32? = nil, votedFor: ReplicaKey? = nil, electionDeadline: Int64?) {
        self.epoch = epoch
        self.leaderID = leaderID
        self.votedFor = votedFor
        self.electionDeadline = electionDeadline
    }
}
