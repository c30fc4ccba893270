/// What a replica asks its driver to do.
///
/// The effects of a step are carried out one after the other, in order. "Durable" means after fsync.
/// If one fails (disk full, failed fsync) the rest must not be carried out and the replica must not be stepped again.
package enum Effect: Hashable, Sendable {
    // MARK: Disk

    /// Write the file `quorum-state`. Must be durable before any later effect: votes, requests and records of the new
    /// epoch follow.
    case persistElectionState(ElectionState)
    /// Append the control batch LeaderChange (one record). Must be readable, not yet durable, before later effects.
    case appendLeaderChange(LeaderChange)
    /// Append the proposal's batches at these places, in this epoch; one span per batch. The proposal is accepted; it is
    /// committed once the high watermark reaches the last span's end. Readable before later effects.
    case appendProposal(ProposalToken, [BatchSpan])
    /// Append the batches that came with this answer, `baseOffset ..< endOffset` of them. Readable before later effects.
    case appendFetched(CorrelationID, baseOffset: Int64, endOffset: Int64)
    /// Remove every record at or above the offset. Never goes below the high watermark. Done before later effects; need
    /// not be durable before the next ``flushLog(_:)`` is.
    case truncateLog(to: Int64)
    /// Make the log durable up to its present end, then hand in ``Event/logFlushed(_:)``. May go on beside later effects,
    /// and one fsync may serve several tokens (report the last). Nothing is acknowledged to others before that.
    case flushLog(FlushToken)
    /// Remove every record and every snapshot before `offset`, where the log goes on. Durable before later effects.
    case resetLog(to: OffsetAndEpoch)

    // MARK: Network

    /// Send a request to a node, whose endpoints are given if known. Hand in ``Event/responseReceived(_:_:)`` or
    /// ``Event/requestFailed(_:)``.
    case send(CorrelationID, to: Int32, endpoints: [Endpoint], RaftRequest)
    /// Answer a request. Everything the answer promises is done by the effects before it.
    case reply(RequestToken, RaftReply)

    // MARK: Snapshots

    /// Make an empty file `….checkpoint.part` for this snapshot, replacing what is there.
    case beginSnapshotDownload(OffsetAndEpoch)
    /// Write the bytes that came with this answer at `position`.
    case writeSnapshotPart(CorrelationID, OffsetAndEpoch, position: Int64)
    /// All bytes are there: verify the whole file, make it durable, rename it, make the rename durable, then hand in
    /// ``Event/snapshotInstalled(_:)`` (or ``Event/snapshotRejected(_:)``). May go on beside later effects.
    case installSnapshot(OffsetAndEpoch)
    /// Throw the part away.
    case abandonSnapshotDownload(OffsetAndEpoch)
    /// The state machine must replace what it has by this snapshot; records from its offset on follow. Never asked of a leader.
    case loadSnapshot(OffsetAndEpoch)

    // MARK: News

    /// Records below this offset are committed: apply those not yet applied.
    case highWatermarkAdvanced(to: Int64)
    /// Another epoch, or another leader in it. For this replica's own id: it was elected; wait for
    /// ``leadershipEstablished(epoch:startOffset:)`` before deciding anything.
    case leaderChanged(LeaderAndEpoch)
    /// The first record of this replica's epoch, at `startOffset`, is committed, hence everything before it: once
    /// applied, the state machine holds all there is and may decide. Comes after the ``highWatermarkAdvanced(to:)`` that
    /// covers it.
    case leadershipEstablished(epoch: Int32, startOffset: Int64)
    /// The proposal was not appended.
    case proposalRefused(ProposalToken, ProposalRefusal)
    /// The replica is done and silent; the process may end.
    case shutdownCompleted
    /// The replica gave up and is silent. The process must stop and say why.
    case halted(Fault)
}

/// The record a leader begins its epoch with (`LeaderChangeMessage`).
package struct LeaderChange: Hashable, Sendable {
    package let offset: Int64
    package let epoch: Int32
    package let leaderID: Int32
    package let voters: [ReplicaKey]
    package let grantingVoters: [ReplicaKey]

    package init(
        offset: Int64, epoch: Int32, leaderID: Int32, voters: [ReplicaKey], grantingVoters: [ReplicaKey]
    ) {
        self.offset = offset
        self.epoch = epoch
        self.leaderID = leaderID
        self.voters = voters
        self.grantingVoters = grantingVoters
    }
}

/// Why a proposal was not appended.
package enum ProposalRefusal: Hashable, Sendable {
    /// This replica does not lead `epoch` of the proposal; the leader that is known stands here.
    case notLeader(LeaderAndEpoch)
    /// Too many records wait to be committed.
    case tooManyUncommittedRecords
    /// No batches, an empty batch, or more offsets than there are.
    case invalid
}
