/// Fetches from a leader.
struct Follower: Hashable, Sendable {
    let epoch: Int32
    let leader: KnownLeader
    var votedFor: ReplicaKey?
    /// When the leader counts as lost.
    var fetchDeadline: Int64
    /// Whether a fetch from this leader succeeded: as long as not, a pre-vote may be granted to others.
    var hasFetchedFromLeader = false
    var download: SnapshotDownload?
}

/// How much of a snapshot has been fetched.
struct SnapshotDownload: Hashable, Sendable {
    let id: OffsetAndEpoch
    var position: Int64 = 0
    /// Known from the first part on.
    var sizeInBytes: Int64?
}
