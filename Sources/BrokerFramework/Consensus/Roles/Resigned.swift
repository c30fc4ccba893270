/// Led its epoch and does so no more: it gave up, or was started anew. It can neither fetch nor vote in this epoch, and
/// tells the others to elect another.
struct Resigned: Hashable, Sendable {
    let epoch: Int32
    let votedFor: ReplicaKey?
    /// When to leave the epoch if no one else began a new one.
    let electionDeadline: Int64
    /// Voters that have not heard of it yet, ascending.
    var unacknowledged: [Int32]
    let preferredCandidates: [ReplicaKey]
}
