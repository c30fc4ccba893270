package import BrokerCommitLog
package import BrokerConsensus
internal import BrokerMetadata
package import BrokerModel
package import BrokerPluginAPI
package import BrokerPrimitives
package import BrokerWire
import NIOCore

/// The metadata log, `__cluster_metadata-0`: a partition's log whose records are the cluster's metadata.
///
/// Confined to the controller's thread; everything may block.
package final class MetadataLog {
    package static let partition = TopicPartition(topic: TopicName.clusterMetadata, partition: 0)
    package static let directory = partition.description
    package static let topicID = KafkaUUID.one

    package let log: PartitionLog
    package let snapshots: MetadataSnapshots

    package init(
        storage: any StorageBackend, configuration: LogConfiguration, facts: LogRecoveryFacts, now: Timestamp
    ) throws {
        var facts = facts
        facts.isAlwaysFlushed = true
        log = try PartitionLog.open(
            Self.partition, topicID: Self.topicID, directory: Self.directory, storage: storage,
            configuration: configuration, facts: facts, now: now)
        snapshots = MetadataSnapshots(storage: storage, directory: Self.directory)
        try checkWholeness()
    }

    /// A cluster must not come up with less metadata than it had: topics that are missing would be put aside.
    private func checkWholeness() throws {
        if let damage = log.recovery.damage.first {
            throw BrokerStartError(
                "The metadata log in \(Self.directory) is damaged: \(damage.reason). Restore the directory from a "
                    + "copy; or, to go on with what comes before the damage, cut the file there.")
        }
        let newest = try snapshots.list().last?.endOffset ?? 0
        if log.logStartOffset > newest {
            throw BrokerStartError(
                "The metadata log in \(Self.directory) begins at offset \(log.logStartOffset), and there is no "
                    + "snapshot of what came before. Restore the missing .checkpoint file.")
        }
    }

    /// Appends records of a leader of `epoch` as one batch; answers the offset after them.
    package func append(
        _ records: [MetadataRecord], epoch: LeaderEpoch, metadataVersion: Int16, now: Timestamp
    ) throws -> Offset {
        var builder = RecordBatchBuilder()
        for record in records {
            builder.append(
                timestamp: now, key: nil,
                value: try MetadataRecordVersion.encode(record, metadataVersion: metadataVersion))
        }
        return try append(builder, epoch: epoch, now: now)
    }

    /// Appends the record that a leader begins its epoch with.
    package func append(_ change: LeaderChange, now: Timestamp) throws {
        // Kafka reads and writes version 0 of it, whatever the quorum's version.
        var message = LeaderChangeMessage()
        message.leaderID = change.leaderID
        message.voters = change.voters.map { .init(voterID: $0.id) }
        message.grantingVoters = change.grantingVoters.map { .init(voterID: $0.id) }
        var builder = RecordBatchBuilder(attributes: .control)
        builder.append(timestamp: now, key: ControlRecordType.leaderChange.key, value: try message.encode(version: 0))
        _ = try append(builder, epoch: change.epoch, now: now)
    }

    private func append(_ builder: RecordBatchBuilder, epoch: LeaderEpoch, now: Timestamp) throws -> Offset {
        var bytes = builder.build()
        return try log.append(&bytes, leaderEpoch: epoch, origin: .raftLeader, now: now).lastOffset + 1
    }

    /// Calls `body` with each batch from `start` up to `end`.
    package func forEachBatch(from start: Offset, to end: Offset, _ body: (RecordBatch) throws -> Void) throws {
        var offset = start
        while offset < end {
            let batches = try log.read(from: offset, maxBytes: 8 << 20, upperBound: end).batches()
            guard !batches.isEmpty else {
                throw LogError.corrupt(offset: offset, reason: "the metadata log has no batch there")
            }
            for batch in batches where batch.header.nextOffset > offset {
                try body(batch)
                offset = batch.header.nextOffset
            }
        }
    }

    // MARK: What the quorum must know

    /// The log as Raft sees it.
    package func shape() throws -> LogShape {
        LogShape(
            startOffset: log.logStartOffset, endOffset: log.logEndOffset,
            epochs: log.leaderEpochs.entries.map { EpochStart(epoch: $0.epoch, startOffset: $0.startOffset) },
            snapshots: try snapshots.sizes().map { name, size in
                Snapshot(id: OffsetAndEpoch(offset: name.endOffset, epoch: name.epoch), sizeInBytes: size)
            })
    }

    /// The quorum's members, by the newest snapshot and the control records after it.
    package func membership() throws -> QuorumMembership {
        var membership = QuorumMembership()
        if let newest = try snapshots.list().last {
            for batch in try snapshots.read("\(newest)") { try membership.apply(batch) }
        }
        try forEachBatch(from: log.logStartOffset, to: log.logEndOffset) { try membership.apply($0) }
        return membership
    }
}
