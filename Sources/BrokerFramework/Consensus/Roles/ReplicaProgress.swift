/// What a leader knows of another replica.
struct ReplicaProgress: Hashable, Sendable {
    let key: ReplicaKey
    /// The replica has everything below durably; -1 until it fetched in this epoch.
    private(set) var endOffset: Int64 = -1
    private(set) var lastFetchAt: Int64?
    /// The last time at which the replica had all the leader had then.
    private(set) var lastCaughtUpAt: Int64?
    private var leaderEndAtLastFetch: Int64 = -1
    /// When the leader must introduce itself (again); moved on by every sign of life.
    var announceAt: Int64

    init(key: ReplicaKey, announceAt: Int64) {
        self.key = key
        self.announceAt = announceAt
    }

    mutating func fetched(at offset: Int64, leaderEnd: Int64, now: Int64) {
        if offset >= leaderEnd {
            lastCaughtUpAt = now
        } else if let before = lastFetchAt, offset >= leaderEndAtLastFetch {
            lastCaughtUpAt = max(lastCaughtUpAt ?? before, before)
        }
        endOffset = offset
        lastFetchAt = now
        leaderEndAtLastFetch = leaderEnd
    }
}
