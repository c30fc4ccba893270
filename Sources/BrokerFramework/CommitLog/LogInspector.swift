package import BrokerModel
package import BrokerPluginAPI
internal import BrokerPrimitives
package import NIOCore

/// Prints and verifies any file of a log directory. Changes nothing. May block.
package struct LogInspector {
    /// Whether records are shown, not only batches.
    package var showsRecords = false
    /// The records of a compressed batch, decompressed; nil if that is not possible.
    package var decompress: (RecordBatch) -> ByteBuffer? = { _ in nil }
    /// A record in words, for logs whose records have a format of their own; nil to show key and value as text.
    package var describe: (Record) -> String? = { _ in nil }

    private let storage: any StorageBackend

    package init(_ storage: any StorageBackend) { self.storage = storage }

    /// Tells what is in the file at `path`, known by its name, line by line.
    ///
    /// - Returns: how many problems were found; each is also a line of kind `problem`.
    @discardableResult
    package func inspect(_ path: String, emit: (InspectedLine) -> Void) throws(StorageError) -> Int {
        var problems = 0
        func tell(_ line: InspectedLine) {
            if line.kind == "problem" { problems += 1 }
            emit(line)
        }
        let name = String(path[(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)...])
        if let file = LogFileName.parse(name) {
            try inspect(file.kind, file.baseOffset, path, tell)
        } else if MetadataSnapshotName.parse(name) != nil || name == "bootstrap.checkpoint" {
            try inspectBatches(path, from: nil, tell)
        } else if let bytes = try storage.readWhole(path) {
            inspectWhole(name, bytes, tell)
        } else {
            throw StorageError(.notFound, "there is no file \(path)")
        }
        return problems
    }

    private func inspect(
        _ kind: LogFileName.Kind, _ base: Offset, _ path: String, _ tell: (InspectedLine) -> Void
    ) throws(StorageError) {
        if kind == .log { return try inspectBatches(path, from: base, tell) }
        guard let bytes = try storage.readWhole(path) else { throw StorageError(.notFound, "there is no file \(path)") }
        let log = storage.file(String(path.dropLast(kind.rawValue.count)) + LogFileName.Kind.log.rawValue)
        switch kind {
        case .log: break
        case .offsetIndex: try inspect(OffsetIndex(bytes), base, log, tell)
        case .timeIndex: inspect(TimeIndex(bytes), base, tell)
        case .transactionIndex:
            guard let all = TransactionIndex.decode(bytes) else { return tell(problem("this is no transaction index")) }
            for entry in all {
                tell(
                    InspectedLine("aborted").with("producerId", entry.producerID).with("firstOffset", entry.firstOffset)
                        .with("lastOffset", entry.lastOffset).with("lastStableOffset", entry.lastStableOffset))
            }
        case .snapshot:
            guard let table = ProducerSnapshot.decode(bytes) else {
                return tell(problem("the producer snapshot is damaged, or of another version than 1"))
            }
            for producer in table.list { tell(Self.line(producer)) }
        }
    }

    private static func line(_ producer: ProducerState) -> InspectedLine {
        InspectedLine("producer").with("producerId", producer.producerID).with("producerEpoch", producer.epoch)
            .with("lastSequence", producer.lastSequence).with("lastOffset", producer.lastOffset)
            .with("offsetDelta", producer.batches.last?.offsetDelta ?? 0).with("timestamp", producer.lastTimestamp)
            .with("coordinatorEpoch", producer.coordinatorEpoch)
            .with("currentTxnFirstOffset", producer.transactionStart ?? -1)
    }

    // MARK: Indexes

    /// Each entry must lead to a batch that ends at its offset.
    private func inspect(
        _ index: OffsetIndex?, _ base: Offset, _ log: any StorageFile, _ tell: (InspectedLine) -> Void
    ) throws(StorageError) {
        guard let index else { return tell(problem("this is no offset index: its entries do not grow")) }
        let size = Int(try log.size())
        for entry in index.entries {
            let offset = base + Offset(entry.relativeOffset)
            tell(InspectedLine("entry").with("offset", offset).with("position", entry.position))
            guard size > 0 else { continue }
            var scanner = BatchScanner(log, from: Int(entry.position), limit: size)
            if case .batch(let header, _) = try scanner.next(), header.lastOffset == offset { continue }
            tell(problem("no batch at byte \(entry.position) of the log ends at offset \(offset)"))
        }
    }

    private func inspect(_ index: TimeIndex?, _ base: Offset, _ tell: (InspectedLine) -> Void) {
        guard let index else { return tell(problem("this is no time index: its entries do not grow")) }
        for entry in index.entries {
            tell(
                InspectedLine("entry").with("timestamp", entry.timestamp)
                    .with("offset", base + Offset(entry.relativeOffset)))
        }
    }

    // MARK: Batches

    private func inspectBatches(
        _ path: String, from base: Offset?, _ tell: (InspectedLine) -> Void
    ) throws(StorageError) {
        let file = storage.file(path)
        let size = Int(try file.size())
        var scanner = BatchScanner(file, from: 0, limit: size, pieceSize: 1 << 20)
        var next = base ?? 0
        while true {
            switch try scanner.next() {
            case .end: return
            case .broken(let reason, let position):
                return tell(problem("byte \(position) of \(size): \(reason)"))
            case .batch(let header, let position):
                let bytes = try scanner.bytes(of: header, at: position)
                tell(Self.line(header, position))
                if let reason = SegmentScan.checksumProblem(header, bytes) {
                    tell(problem("byte \(position): \(reason)"))
                }
                if header.baseOffset < next {
                    tell(problem("offset \(header.baseOffset) at byte \(position) is not above those before"))
                }
                next = header.nextOffset
                if showsRecords, let batch = try? RecordBatch(bytes) { inspectRecords(batch, tell) }
            }
        }
    }

    private static func line(_ header: RecordBatchHeader, _ position: Int) -> InspectedLine {
        InspectedLine("batch").with("baseOffset", header.baseOffset).with("lastOffset", header.lastOffset)
            .with("count", header.recordCount).with("baseSequence", header.baseSequence)
            .with("lastSequence", header.lastSequence).with("producerId", header.producerID)
            .with("producerEpoch", header.producerEpoch).with("partitionLeaderEpoch", header.partitionLeaderEpoch)
            .with("isTransactional", header.attributes.contains(.transactional))
            .with("isControl", header.attributes.contains(.control))
            .with("deleteHorizon", header.attributes.contains(.deleteHorizon)).with("position", position)
            .with("maxTimestamp", header.maxTimestamp).with("size", header.totalByteCount)
            .with("magic", header.magic).with("compression", header.attributes.compression.name)
            .with("crc", header.checksum)
    }

    private func inspectRecords(_ batch: RecordBatch, _ tell: (InspectedLine) -> Void) {
        let isPlain = batch.header.attributes.compression == .none
        guard let payload = isPlain ? batch.payload : decompress(batch) else {
            return tell(problem("the batch at offset \(batch.header.baseOffset) cannot be decompressed"))
        }
        var records = batch.records(from: payload)
        do {
            while let record = try records.next() { tell(line(record, in: batch)) }
        } catch { tell(problem("the batch at offset \(batch.header.baseOffset): \(error)")) }
    }

    private func line(_ record: Record, in batch: RecordBatch) -> InspectedLine {
        var line = InspectedLine("record").with("offset", record.offset).with("timestamp", record.timestamp)
        if batch.header.attributes.contains(.control), let type = record.key.flatMap({ ControlRecordType(key: $0) }) {
            line = line.with("control", "\(type)")
            if let marker = EndTransactionMarker(record: record) {
                line = line.with("coordinatorEpoch", marker.coordinatorEpoch)
            }
            return line
        }
        line = line.with("keySize", record.key?.readableBytes ?? -1)
            .with("valueSize", record.value?.readableBytes ?? -1)
        if let words = describe(record) { return line.with("payload", words) }
        if let key = record.key { line = line.with("key", String(buffer: key)) }
        if let value = record.value { line = line.with("value", String(buffer: value)) }
        for header in record.headers {
            line = line.with("header \(header.key)", header.value.map { String(buffer: $0) } ?? "null")
        }
        return line
    }

    // MARK: Small files

    private func inspectWhole(_ name: String, _ bytes: ByteBuffer, _ tell: (InspectedLine) -> Void) {
        switch name {
        case LogFileName.leaderEpochCheckpoint:
            guard let epochs = CheckpointText.decodeEpochs(bytes) else { return tell(malformed(name)) }
            for entry in epochs.entries {
                tell(InspectedLine("epoch").with("epoch", entry.epoch).with("startOffset", entry.startOffset))
            }
        case LogFileName.partitionMetadata:
            guard let id = PartitionMetadata.decode(bytes) else { return tell(malformed(name)) }
            tell(InspectedLine("metadata").with("topicId", id.description))
        case MetaProperties.fileName:
            guard let meta = MetaProperties(bytes) else { return tell(malformed(name)) }
            tell(
                InspectedLine("meta").with("clusterId", meta.clusterID).with("nodeId", meta.nodeID)
                    .with("directoryId", meta.directoryID?.description ?? "none"))
        case QuorumStateFile.fileName:
            guard let state = QuorumStateFile(bytes) else { return tell(malformed(name)) }
            tell(
                InspectedLine("quorum").with("leaderId", state.leaderID).with("leaderEpoch", state.leaderEpoch)
                    .with("votedId", state.votedID).with("votedDirectoryId", state.votedDirectoryID.description))
        case CleanShutdownFile.fileName:
            tell(InspectedLine("cleanShutdown").with("brokerEpoch", CleanShutdownFile(bytes).brokerEpoch))
        case _ where LogDirectory.Checkpoint(rawValue: name) != nil:
            guard let offsets = CheckpointText.decodeOffsets(bytes) else { return tell(malformed(name)) }
            for (partition, offset) in offsets.sorted(by: { $0.key < $1.key }) {
                tell(
                    InspectedLine("checkpoint").with("topic", partition.topic)
                        .with("partition", partition.partition).with("offset", offset))
            }
        default: tell(problem("\(name) is no file of a log directory"))
        }
    }

    private func malformed(_ name: String) -> InspectedLine { problem("\(name) is damaged, or of another version") }
    private func problem(_ text: String) -> InspectedLine { InspectedLine("problem").with("reason", text) }
}
