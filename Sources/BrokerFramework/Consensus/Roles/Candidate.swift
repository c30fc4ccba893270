/// Has voted for itself in a new epoch and asks the voters to do so too.
struct Candidate: Hashable, Sendable {
    let epoch: Int32
    var ballots: Ballots
    let electionDeadline: Int64
    /// Set once the election is lost: when to try again.
    var backoffDeadline: Int64?

    var deadline: Int64 { backoffDeadline.map { min($0, electionDeadline) } ?? electionDeadline }
}
