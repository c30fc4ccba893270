package import BrokerCommitLog
internal import BrokerController
package import BrokerMetadata
package import BrokerModel
internal import BrokerPrimitives
package import BrokerWire
package import BrokerWorld
internal import NIOCore

/// The metadata log as this node's member of the Raft quorum drives it.
///
/// Confined to the controller's thread; everything may block.
package final class MetadataQuorum {
    private let directory: LogDirectory
    private let metadataLog: MetadataLog
    private let voter: MetadataBootstrap.Voter
    private let world: World
    private let snapshotPolicy: SnapshotPolicy
    private var epoch: LeaderEpoch = 0
    private var highWatermark: Offset = 0
    private var bytesSinceSnapshot: Int64 = 0
    private var lastSnapshot: (offset: Offset, time: Int64) = (0, 0)
    package private(set) var isLeader = false

    /// When a snapshot of the metadata is made.
    package struct SnapshotPolicy: Sendable {
        /// `metadata.log.max.record.bytes.between.snapshots`.
        package var byteCount: Int64
        /// `metadata.log.max.snapshot.interval.ms`; 0 for never.
        package var milliseconds: Int64

        package init(byteCount: Int64, milliseconds: Int64) {
            self.byteCount = byteCount
            self.milliseconds = milliseconds
        }
    }

    package init(
        directory: LogDirectory, log: MetadataLog, voter: MetadataBootstrap.Voter, world: World,
        snapshotPolicy: SnapshotPolicy
    ) {
        self.directory = directory
        metadataLog = log
        self.voter = voter
        self.world = world
        self.snapshotPolicy = snapshotPolicy
    }

    /// The offset that the next record will have.
    package var endOffset: Offset { metadataLog.log.logEndOffset }
    /// The log whose end is told in checkpoints.
    package var log: PartitionLog { metadataLog.log }

    /// Loads the newest snapshot, becomes leader and applies what is committed.
    package func start() throws -> MetadataLoader {
        var loader = MetadataLoader()
        if let snapshot = try metadataLog.snapshots.list().last, snapshot.endOffset > 0 {
            try metadataLog.snapshots.load(snapshot, into: &loader)
            lastSnapshot.offset = snapshot.endOffset
        }
        lastSnapshot.time = world.monotonicMilliseconds
        try becomeLeader()
        if endOffset == 1 { try writeBootstrapRecords() }
        try flush()
        var delta = MetadataDelta()
        try forEachCommittedBatch(from: loader.image.offset + 1) { batch in try loader.apply(batch, to: &delta) }
        return loader
    }

    private func becomeLeader() throws {
        let stored = try directory.quorumState(in: MetadataLog.directory)
        epoch = max(stored?.leaderEpoch ?? 0, log.latestEpoch ?? 0) + 1
        // The vote, then the leadership, are durable before anything is written in the epoch.
        try directory.write(
            QuorumStateFile(leaderEpoch: epoch, votedID: voter.id, votedDirectoryID: voter.directoryID),
            in: MetadataLog.directory)
        try directory.write(
            QuorumStateFile(
                leaderID: voter.id, leaderEpoch: epoch, votedID: voter.id, votedDirectoryID: voter.directoryID),
            in: MetadataLog.directory)
        isLeader = true
        var change = LeaderChangeMessage()
        change.leaderID = voter.id
        change.voters = [.init(voterID: voter.id)]
        change.grantingVoters = change.voters
        _ = try metadataLog.appendControl(
            [(.leaderChange, try change.encode(version: 0))], epoch: epoch, now: world.wallMilliseconds())
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
    }

    /// Appends records in this leader's epoch; answers the offset after them. They count once they are committed.
    package func append(_ records: [MetadataRecord], metadataVersion: Int16) throws -> Offset {
        let before = log.byteCount
        let end = try metadataLog.append(
            records, epoch: epoch, metadataVersion: metadataVersion, now: world.wallMilliseconds())
        bytesSinceSnapshot += log.byteCount - before
        return end
    }

    /// Makes everything appended durable; with one voter it is committed then.
    package func flush() throws {
        highWatermark = try log.flush(now: world.wallMilliseconds())
    }

    /// Calls `body` with each committed batch from `start` on.
    package func forEachCommittedBatch(from start: Offset, _ body: (RecordBatch) throws -> Void) throws {
        try metadataLog.forEachBatch(from: max(start, log.logStartOffset), to: highWatermark, body)
    }

    /// Writes a snapshot of `image` if enough has changed or enough time has passed.
    package func snapshotIfDue(_ image: MetadataImage) throws {
        let now = world.monotonicMilliseconds
        let isOld = snapshotPolicy.milliseconds > 0 && now - lastSnapshot.time >= snapshotPolicy.milliseconds
        guard bytesSinceSnapshot >= snapshotPolicy.byteCount || isOld && bytesSinceSnapshot > 0 else { return }
        try snapshot(image)
    }

    private func snapshot(_ image: MetadataImage) throws {
        let name = MetadataSnapshotName(endOffset: image.offset + 1, epoch: image.epoch)
        var version = KRaftVersionRecord()
        version.kraftVersion = 1
        let wall = world.wallMilliseconds()
        try metadataLog.snapshots.write(
            "\(name)", epoch: name.epoch, records: image.records,
            control: [
                (.kraftVersion, try version.encode(version: 0)),
                (.kraftVoters, try MetadataBootstrap.voters([voter]).encode(version: 0)),
            ], metadataVersion: image.features["metadata.version"] ?? Controller.latestMetadataVersion,
            lastContainedTimestamp: wall, now: wall)
        bytesSinceSnapshot = 0
        lastSnapshot = (name.endOffset, world.monotonicMilliseconds)
    }

    /// Leaves the log in order.
    package func stop() {
        isLeader = false
        try? log.close(now: world.wallMilliseconds())
    }
}
