package import BrokerCommitLog
package import BrokerConsensus
internal import BrokerController
package import BrokerMetadata
package import BrokerModel
internal import BrokerPrimitives
package import BrokerWire
package import BrokerWorld
internal import NIOCore

/// Drives this node's replica of the metadata log: carries out what the Raft core asks for.
///
/// Confined to the controller's thread; everything may block. A quorum of one needs no network: requests to other
/// voters, which such a quorum does not have, count as lost.
package final class MetadataQuorum {
    private let directory: LogDirectory
    private let metadataLog: MetadataLog
    private let world: World
    private let membership: QuorumMembership
    private let voters: VoterSet
    private var snapshotter: MetadataSnapshotter
    private var replica: RaftReplica
    /// Events that carrying out an effect gave rise to; stepped when all effects of the step are carried out.
    private var events: [Event] = []
    /// Why the last proposal was not taken.
    private var refusal: ProposalRefusal?
    private var nextToken: UInt64 = 1
    private var unflushed: FlushToken?
    private var highWatermark: Offset = 0
    private var leaderEpoch: LeaderEpoch?
    private let renames: ConfigRenames
    private var loader: MetadataLoader

    /// - Parameters:
    ///   - local: this node and the directory of its metadata log.
    ///   - endpoints: where this node's controller would be found.
    ///   - renames: configs that the metadata may have under former names.
    package init(
        directory: LogDirectory, log: MetadataLog, clusterID: String, local: ReplicaKey, endpoints: [Endpoint],
        configuration: RaftConfiguration, snapshotPolicy: MetadataSnapshotter.Policy, renames: ConfigRenames = .none,
        world: World
    ) throws {
        self.directory = directory
        self.renames = renames
        loader = MetadataLoader(renames: renames)
        metadataLog = log
        self.world = world
        membership = try log.membership()
        voters = membership.voters(self: local, endpoints: endpoints)
        guard voters.isOnly(local) else {
            throw BrokerStartError(
                "The metadata quorum of this directory has the voters \(voters.ids); this node is \(local.id). "
                    + "Only a quorum of one voter is served so far.")
        }
        snapshotter = MetadataSnapshotter(
            policy: snapshotPolicy, log: log, membership: membership, now: world.monotonicMilliseconds)
        replica = RaftReplica(
            local: local, clusterID: clusterID, voters: voters, configuration: configuration,
            electionState: try directory.quorumState(in: MetadataLog.directory).map(ElectionState.init),
            log: try log.shape(), seed: world.random())
        highWatermark = replica.highWatermark
    }

    /// Whether decisions may be taken here: this node leads, and has everything that came before.
    package var isLeader: Bool { leaderEpoch != nil }
    /// The offset that the next record will have.
    package var endOffset: Offset { log.logEndOffset }
    package var log: PartitionLog { metadataLog.log }
    /// The finalized level of the feature kraft.version.
    package var kraftVersion: Int16 { membership.kraftVersion }
    /// When `tick` is due, in monotonic milliseconds; nil if never.
    package var nextDeadline: Int64? { replica.nextDeadline }

    package var status: QuorumStatus {
        let now = world.monotonicMilliseconds
        return QuorumStatus(
            description: replica.description(now: now), voters: voters, monotonicMilliseconds: now,
            wallMilliseconds: world.wallMilliseconds())
    }

    /// Comes back as what the disk says, and answers what is committed. A sole voter is leader when this returns.
    package func start() throws -> MetadataLoader {
        try step(.started)
        try flush()
        try applyCommitted()
        // No cluster is without a metadata version: this one is new, or ended before its first leader could begin it.
        if isLeader, loader.image.features["metadata.version"] == nil {
            try writeBootstrapRecords()
            try applyCommitted()
        }
        return loader
    }

    private func applyCommitted() throws {
        var delta = MetadataDelta()
        try forEachCommittedBatch(from: loader.image.offset + 1) { batch in try loader.apply(batch, to: &delta) }
    }

    /// The first leader of a cluster writes what the directory was formatted with, as one transaction.
    private func writeBootstrapRecords() throws {
        let records =
            try MetadataBootstrap.records(storage: directory.storage)
            ?? Controller.bootstrapRecords(metadataVersion: Controller.latestMetadataVersion)
        var begin = BeginTransactionRecord()
        begin.name = "Bootstrap records"
        _ = try append(
            [.beginTransaction(begin)] + records + [.endTransaction(EndTransactionRecord())],
            metadataVersion: Controller.latestMetadataVersion)
        try flush()
    }

    /// Proposes records in this leader's epoch as one batch; answers the offset after them. They count once they are
    /// committed.
    package func append(_ records: [MetadataRecord], metadataVersion: Int16) throws -> Offset {
        guard let leaderEpoch else { throw ControllerError(.notController, "This is not the correct controller.") }
        let token = ProposalToken(value: nextToken)
        nextToken += 1
        // Written before the core hears of it: what the core has taken in cannot be taken back, but a disk may be full.
        let (before, byteCount) = (endOffset, log.byteCount)
        let now = world.wallMilliseconds()
        let end = try metadataLog.append(records, epoch: leaderEpoch, metadataVersion: metadataVersion, now: now)
        refusal = nil
        try step(.proposed(token, epoch: leaderEpoch, recordCounts: [Int32(clamping: records.count)]))
        if let refusal {
            _ = try log.truncate(to: before, now: now)
            throw ControllerError(.notController, "The metadata quorum refused the change: \(refusal)")
        }
        snapshotter.appended(log.byteCount - byteCount)
        return end
    }

    /// Makes everything appended durable, and lets the core draw its conclusions.
    package func flush() throws {
        while let token = unflushed {
            unflushed = nil
            _ = try log.flush(now: world.wallMilliseconds())
            try step(.logFlushed(token))
        }
    }

    /// Tells the core that time has passed.
    package func tick() throws {
        try step(.ticked)
        try flush()
    }

    /// Calls `body` with each committed batch from `start` on.
    package func forEachCommittedBatch(from start: Offset, _ body: (RecordBatch) throws -> Void) throws {
        try metadataLog.forEachBatch(from: max(start, log.logStartOffset), to: highWatermark, body)
    }

    /// Writes a snapshot of `image` if enough has changed or enough time has passed.
    package func snapshotIfDue(_ image: MetadataImage) throws {
        guard let written = try snapshotter.writeIfDue(image, world: world) else { return }
        try step(.snapshotCreated(written))
        guard let dropped = try snapshotter.dropPrefixIfDue(now: world.wallMilliseconds()) else { return }
        try step(.logPrefixDropped(before: dropped))
    }

    /// Leaves the log in order.
    package func stop() {
        try? step(.shutdownRequested(timeoutMilliseconds: 0))
        leaderEpoch = nil
        try? log.close(now: world.wallMilliseconds())
    }

    // MARK: Driving the core

    private func step(_ event: Event) throws {
        events.append(event)
        while !events.isEmpty {
            let effects = replica.step(events.removeFirst(), now: world.monotonicMilliseconds)
            for effect in effects { try carryOut(effect) }
        }
    }

    private func carryOut(_ effect: Effect) throws {
        switch effect {
        case .persistElectionState(let state):
            try directory.write(QuorumStateFile(state), in: MetadataLog.directory)
        case .appendLeaderChange(let change):
            try metadataLog.append(change, now: world.wallMilliseconds())
        case .appendProposal: break  // It is in the log already.
        case .proposalRefused(_, let refusal): self.refusal = refusal
        case .flushLog(let token): unflushed = token
        case .truncateLog(let offset): _ = try log.truncate(to: offset, now: world.wallMilliseconds())
        case .resetLog(let id): try log.truncateFullyAndStart(at: id.offset, now: world.wallMilliseconds())
        case .loadSnapshot(let id):
            loader = MetadataLoader(renames: renames)
            try metadataLog.snapshots.load(
                MetadataSnapshotName(endOffset: id.offset, epoch: id.epoch), into: &loader)
        case .highWatermarkAdvanced(let offset): highWatermark = offset
        case .leaderChanged(let leader): if leader.leaderID != replica.local.id { leaderEpoch = nil }
        case .leadershipEstablished(let epoch, _): leaderEpoch = epoch
        case .send(let correlation, _, _, _): events.append(.requestFailed(correlation))
        case .halted(let fault): throw MetadataLoadError(highWatermark, "the quorum halted: \(fault)")
        case .reply, .shutdownCompleted: break
        case .appendFetched, .beginSnapshotDownload, .writeSnapshotPart, .installSnapshot, .abandonSnapshotDownload:
            // Only a replica that fetches from another voter is asked for these, and there is no other.
            throw MetadataLoadError(highWatermark, "a quorum of one was asked to fetch")
        }
    }
}

extension ElectionState {
    init(_ file: QuorumStateFile) {
        self.init(
            epoch: file.leaderEpoch, leaderID: file.leaderID < 0 ? nil : file.leaderID,
            votedFor: file.votedID < 0 ? nil : ReplicaKey(id: file.votedID, directoryID: file.votedDirectoryID))
    }
}

extension QuorumStateFile {
    init(_ state: ElectionState) {
        self.init(
            leaderID: state.leaderID ?? -1, leaderEpoch: state.epoch, votedID: state.votedFor?.id ?? -1,
            votedDirectoryID: state.votedFor?.directoryID ?? .zero)
    }
}
