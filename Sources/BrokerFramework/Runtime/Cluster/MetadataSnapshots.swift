package import BrokerCommitLog
import BrokerMetadata
package import BrokerModel
package import BrokerPluginAPI
package import BrokerWire
package import NIOCore

/// The snapshots of the metadata log: files of record batches between a header and a footer (KIP-630).
package struct MetadataSnapshots: Sendable {
    private let storage: any StorageBackend
    private let directory: String

    package init(storage: any StorageBackend, directory: String) {
        self.storage = storage
        self.directory = directory
    }

    /// The complete snapshots, oldest first.
    package func list() throws(StorageError) -> [MetadataSnapshotName] {
        try sizes().map(\.name)
    }

    /// The complete snapshots and their sizes in bytes, oldest first.
    package func sizes() throws(StorageError) -> [(name: MetadataSnapshotName, size: Int64)] {
        try storage.list(directory).compactMap { entry in
            guard let (id, stage) = MetadataSnapshotName.parse(entry.name), stage == .complete else { return nil }
            return (id, entry.size)
        }.sorted { $0.name < $1.name }
    }

    /// The batches of a snapshot.
    package func read(_ name: String) throws -> [RecordBatch] {
        let file = storage.file(path(name))
        defer { file.close() }
        var sequence = RecordBatchSequence(try file.read(at: 0, count: Int(try file.size())))
        var batches: [RecordBatch] = []
        do {
            while let batch = try sequence.next() {
                try batch.validateChecksum()
                batches.append(batch)
            }
        } catch { throw damaged(name, error.description) }
        // A file that lost its end may look whole otherwise.
        guard let first = batches.first, let last = batches.last, Self.controlTypes(first).first == .snapshotHeader,
            Self.controlTypes(last).last == .snapshotFooter
        else { throw damaged(name, "its header or its footer is missing") }
        return batches
    }

    private func damaged(_ name: String, _ reason: String) -> BrokerStartError {
        BrokerStartError("The metadata snapshot \(path(name)) is damaged: \(reason). Restore it from a copy.")
    }

    private static func controlTypes(_ batch: RecordBatch) -> [ControlRecordType] {
        guard batch.header.attributes.contains(.control) else { return [] }
        var records = batch.records
        return ((try? records.collect()) ?? []).compactMap { $0.key.flatMap { ControlRecordType(key: $0) } }
    }

    /// Brings `loader` to where the snapshot stands.
    package func load(_ name: MetadataSnapshotName, into loader: inout MetadataLoader) throws {
        var delta = MetadataDelta()
        for batch in try read("\(name)") { try loader.apply(batch, to: &delta) }
        loader.finishSnapshot(endOffset: name.endOffset, epoch: name.epoch)
    }

    /// Writes a snapshot and makes it durable before it gets its name; answers its size in bytes.
    ///
    /// - Parameters:
    ///   - control: further control records of the beginning: the quorum's version and voters.
    ///   - lastContainedTimestamp: of the last record that the snapshot stands for; 0 if unknown.
    package func write(
        _ name: String, epoch: LeaderEpoch, records: [MetadataRecord], control: [(ControlRecordType, ByteBuffer)],
        metadataVersion: Int16, lastContainedTimestamp: Timestamp, now: Timestamp
    ) throws -> Int64 {
        var writer = SnapshotWriter(epoch: epoch, now: now)
        var header = SnapshotHeaderRecord()
        header.lastContainedLogTimestamp = lastContainedTimestamp
        writer.addControl([(.snapshotHeader, try header.encode(version: 0))] + control)
        for record in records {
            writer.add(try MetadataRecordVersion.encode(record, metadataVersion: metadataVersion))
        }
        writer.addControl([(.snapshotFooter, try SnapshotFooterRecord().encode(version: 0))])

        let part = path(name + ".part")
        let file = storage.file(part)
        try file.truncate(to: 0)
        try file.write(writer.bytes, at: 0)
        try file.synchronize()
        file.close()
        try storage.rename(part, to: path(name))
        try storage.synchronizeDirectory(directory)
        return Int64(writer.bytes.readableBytes)
    }

    /// Removes a snapshot that is no longer needed.
    package func remove(_ name: MetadataSnapshotName) throws(StorageError) {
        try storage.remove(path("\(name)"))
    }

    private func path(_ name: String) -> String { directory.isEmpty ? name : directory + "/" + name }
}

/// Lays a snapshot's records out in batches of bounded size.
private struct SnapshotWriter {
    private static let batchByteCount = 64 << 10
    private let epoch: LeaderEpoch
    private let now: Timestamp
    private var offset: Offset = 0
    private var builder: RecordBatchBuilder
    /// Everything written.
    private(set) var bytes = ByteBuffer()

    init(epoch: LeaderEpoch, now: Timestamp) {
        self.epoch = epoch
        self.now = now
        builder = RecordBatchBuilder(partitionLeaderEpoch: epoch)
    }

    mutating func add(_ value: ByteBuffer) {
        builder.append(timestamp: now, key: nil, value: value)
        if builder.byteCount >= Self.batchByteCount { finishBatch() }
    }

    mutating func addControl(_ records: [(ControlRecordType, ByteBuffer)]) {
        finishBatch()
        builder.attributes = .control
        for (type, value) in records { builder.append(timestamp: now, key: type.key, value: value) }
        finishBatch()
    }

    private mutating func finishBatch() {
        guard !builder.isEmpty else { return }
        offset += Offset(builder.recordCount)
        bytes.writeImmutableBuffer(builder.build())
        builder = RecordBatchBuilder(baseOffset: offset, partitionLeaderEpoch: epoch)
    }
}
