/// The timing and limits of a replica. Times are milliseconds; the defaults are Kafka's (`controller.quorum.*`).
package struct RaftConfiguration: Hashable, Sendable {
    /// The least time without a leader before an election; the real one is drawn from one to two times this.
    package var electionTimeoutMilliseconds: Int64 = 1000
    /// The most a candidate waits after a lost election.
    package var electionBackoffMaxMilliseconds: Int64 = 1000
    /// How long a follower trusts a leader it cannot fetch from. A leader resigns after one and a half times this
    /// without fetches from a majority.
    package var fetchTimeoutMilliseconds: Int64 = 2000
    /// After this an unanswered request counts as lost.
    package var requestTimeoutMilliseconds: Int64 = 2000
    /// The pause before a node is asked again after a failure.
    package var retryBackoffMilliseconds: Int64 = 20
    /// The longest a leader holds back the answer to a fetch that has nothing to bring.
    package var fetchMaxWaitMilliseconds: Int64 = 500
    /// The most bytes a follower asks for in one fetch.
    package var fetchMaxBytes: Int32 = 1_048_576
    /// The most bytes a follower asks for in one fetch of a part of a snapshot.
    package var fetchSnapshotMaxBytes: Int32 = 1_048_576
    /// The most fetches a leader holds back at a time; one more is answered at once.
    package var maxParkedFetches = 10_000
    /// The most observers a leader remembers; the one silent for longest is forgotten first.
    package var maxObservers = 10_000
    /// An observer that has not fetched for this long is forgotten.
    package var observerSessionMilliseconds: Int64 = 300_000
    /// The most records above the high watermark; a proposal beyond is refused.
    package var maxUncommittedRecords: Int64 = 1_000_000

    package init() {}

    var checkQuorumTimeoutMilliseconds: Int64 { fetchTimeoutMilliseconds + fetchTimeoutMilliseconds / 2 }
    var beginQuorumEpochIntervalMilliseconds: Int64 { max(1, fetchTimeoutMilliseconds / 2) }
    /// The pause before a node that answered, but could not name a leader, is asked again.
    var discoveryBackoffMilliseconds: Int64 { max(retryBackoffMilliseconds, electionTimeoutMilliseconds / 10, 1) }
}
