/// What a replica must never forget of an epoch: the epoch, its leader if known, and the vote given in it.
///
/// The content of the file `quorum-state` (version 1: `leaderId`, `leaderEpoch`, `votedId`, `votedDirectoryId`; -1 and
/// the zero id stand for "none" there).
package struct ElectionState: Hashable, Sendable {
    package let epoch: Int32
    package let leaderID: Int32?
    package let votedFor: ReplicaKey?

    package init(epoch: Int32, leaderID: Int32? = nil, votedFor: ReplicaKey? = nil) {
        self.epoch = epoch
        self.leaderID = leaderID
        self.votedFor = votedFor
    }
}

/// Who leads which epoch. `leaderID` is nil while nobody is known to lead it.
package struct LeaderAndEpoch: Hashable, Sendable {
    package let epoch: Int32
    package let leaderID: Int32?

    package init(epoch: Int32, leaderID: Int32?) {
        self.epoch = epoch
        self.leaderID = leaderID
    }
}
