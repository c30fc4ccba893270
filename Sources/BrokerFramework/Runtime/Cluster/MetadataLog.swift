package import BrokerCommitLog
internal import BrokerMetadata
package import BrokerModel
package import BrokerPluginAPI
package import BrokerPrimitives
package import BrokerWire
package import NIOCore

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
        log = try PartitionLog.open(
            Self.partition, topicID: Self.topicID, directory: Self.directory, storage: storage,
            configuration: configuration, facts: facts, now: now)
        snapshots = MetadataSnapshots(storage: storage, directory: Self.directory)
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

    /// Appends control records of a leader of `epoch` as one batch; answers the offset after them.
    package func appendControl(
        _ records: [(ControlRecordType, ByteBuffer)], epoch: LeaderEpoch, now: Timestamp
    ) throws -> Offset {
        var builder = RecordBatchBuilder(attributes: .control)
        for (type, value) in records { builder.append(timestamp: now, key: type.key, value: value) }
        return try append(builder, epoch: epoch, now: now)
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
}
