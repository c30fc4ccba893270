/// The answers of the voters in one election or pre-vote.
struct Ballots: Hashable, Sendable {
    private let voters: VoterSet
    /// In the order in which they came.
    private(set) var granted: [Int32]
    private(set) var rejected: [Int32] = []

    /// A replica begins with its own vote.
    init(voters: VoterSet, own: Int32) {
        self.voters = voters
        granted = [own]
    }

    /// Counts the first answer of each voter; answers of others do not count.
    mutating func record(_ voter: Int32, isGranted: Bool) {
        guard voters[voter] != nil, isWaitingFor(voter) else { return }
        if isGranted { granted.append(voter) } else { rejected.append(voter) }
    }

    func isWaitingFor(_ voter: Int32) -> Bool { !granted.contains(voter) && !rejected.contains(voter) }

    var isWon: Bool { granted.count >= voters.majority }
    /// Even if all the others granted, it would not be a majority.
    var isLost: Bool { voters.count - rejected.count < voters.majority }
}
