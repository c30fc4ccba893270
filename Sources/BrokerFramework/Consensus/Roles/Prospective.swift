/// Asks the voters whether they would vote for it, before it disturbs them with a new epoch (KIP-996; Raft thesis §9.6).
struct Prospective: Hashable, Sendable {
    let epoch: Int32
    /// The leader it lost sight of, to return to if the others still follow it.
    let leader: KnownLeader?
    var votedFor: ReplicaKey?
    var ballots: Ballots
    let electionDeadline: Int64
}
