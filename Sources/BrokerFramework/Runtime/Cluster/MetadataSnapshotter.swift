internal import BrokerCommitLog
import BrokerConsensus
internal import BrokerController
import BrokerMetadata
import BrokerModel
internal import BrokerPluginAPI
import BrokerWorld

/// Decides when the metadata is written as a snapshot, and when what lies before one is dropped.
package struct MetadataSnapshotter {
    /// The keys are `metadata.log.max.record.bytes.between.snapshots`, `metadata.log.max.snapshot.interval.ms` and
    /// `metadata.max.retention.bytes`.
    package struct Policy: Sendable {
        package var byteCountBetween: Int64
        /// 0 for never.
        package var intervalMilliseconds: Int64
        /// How large log and snapshots may be together; −1 for no limit.
        package var retentionByteCount: Int64

        package init(byteCountBetween: Int64, intervalMilliseconds: Int64, retentionByteCount: Int64) {
            self.byteCountBetween = byteCountBetween
            self.intervalMilliseconds = intervalMilliseconds
            self.retentionByteCount = retentionByteCount
        }
    }

    private let policy: Policy
    private let log: MetadataLog
    private let membership: QuorumMembership
    private var byteCountSince: Int64 = 0
    private var lastTime: Int64

    init(policy: Policy, log: MetadataLog, membership: QuorumMembership, now: Int64) {
        self.policy = policy
        self.log = log
        self.membership = membership
        lastTime = now
    }

    mutating func appended(_ byteCount: Int64) { byteCountSince += byteCount }

    /// Writes a snapshot of `image`, if one is due; answers what was written.
    mutating func writeIfDue(_ image: MetadataImage, world: World) throws -> Snapshot? {
        let now = world.monotonicMilliseconds
        let isOld = policy.intervalMilliseconds > 0 && now - lastTime >= policy.intervalMilliseconds
        guard byteCountSince >= policy.byteCountBetween || isOld && byteCountSince > 0 else { return nil }
        let name = MetadataSnapshotName(endOffset: image.offset + 1, epoch: image.epoch)
        let wall = world.wallMilliseconds()
        let size = try log.snapshots.write(
            "\(name)", epoch: name.epoch, records: image.records, control: try membership.snapshotRecords(),
            metadataVersion: image.features["metadata.version"] ?? Controller.latestMetadataVersion,
            lastContainedTimestamp: wall, now: wall)
        byteCountSince = 0
        lastTime = now
        return Snapshot(id: OffsetAndEpoch(offset: name.endOffset, epoch: name.epoch), sizeInBytes: size)
    }

    /// Drops old snapshots and the records before the newest one, if all together are too large; answers where the
    /// log begins then.
    func dropPrefixIfDue(now: Timestamp) throws -> OffsetAndEpoch? {
        guard policy.retentionByteCount >= 0, let newest = try log.snapshots.list().last, newest.endOffset > 0 else {
            return nil
        }
        let snapshots = try log.snapshots.sizes()
        guard log.log.byteCount + snapshots.reduce(0, { $0 + $1.size }) > policy.retentionByteCount else { return nil }
        for (name, _) in snapshots where name < newest { try log.snapshots.remove(name) }
        _ = try log.log.advanceLogStart(to: newest.endOffset)
        let files = try log.log.deleteSegments(below: newest.endOffset, now: now)
        if !files.isEmpty { try log.log.unlink(files) }
        return OffsetAndEpoch(offset: newest.endOffset, epoch: newest.epoch)
    }
}
