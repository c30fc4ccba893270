/// What happens to a replica. Each is handed to ``RaftReplica/step(_:now:)`` by the one thread that owns the replica.
package enum Event: Hashable, Sendable {
    /// The first event, once: the replica takes up what it was given from disk.
    case started
    /// Time passed. Due when ``RaftReplica/nextDeadline`` is reached; harmless at any time.
    case ticked

    /// Another replica asks.
    case requestReceived(RequestToken, RaftRequest)
    /// An answer to a request of ours. Ignored if it is no longer waited for.
    case responseReceived(CorrelationID, RaftResponse)
    /// A request of ours will not be answered: no connection, connection lost, unreadable answer.
    case requestFailed(CorrelationID)

    /// The state machine wants to append `recordCounts.count` batches (each of at least one record, of the given number
    /// of offsets) as leader of `epoch`. Answered by ``Effect/appendProposal(_:_:)`` or ``Effect/proposalRefused(_:_:)``.
    case proposed(ProposalToken, epoch: Int32, recordCounts: [Int32])
    /// The leader's state machine cannot go on in `epoch` and wants another leader.
    case resignationRequested(epoch: Int32)

    /// The flush asked for by ``Effect/flushLog(_:)`` is done, and with it every earlier one.
    case logFlushed(FlushToken)
    /// The state machine wrote a snapshot of its own: whole, durable, at most at the high watermark.
    case snapshotCreated(Snapshot)
    /// The driver dropped, by its retention rules, the log before this snapshot and all older snapshots.
    case logPrefixDropped(before: OffsetAndEpoch)
    /// The downloaded snapshot was verified and is durable under its final name.
    case snapshotInstalled(OffsetAndEpoch)
    /// The downloaded snapshot was not whole or not valid, and is gone.
    case snapshotRejected(OffsetAndEpoch)

    /// The process wants to end. ``Effect/shutdownCompleted`` follows when another leader is known, at the latest after
    /// the given time.
    case shutdownRequested(timeoutMilliseconds: Int64)
}
