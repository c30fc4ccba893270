/// A position in the log with the epoch of the record before it. Names a snapshot, and answers "where did this epoch end".
package struct OffsetAndEpoch: Hashable, Sendable, Comparable {
    package let offset: Int64
    package let epoch: Int32

    package init(offset: Int64, epoch: Int32) {
        self.offset = offset
        self.epoch = epoch
    }

    /// The order in which logs are more up to date: by epoch, then by length (Raft §5.4.1).
    package static func < (left: OffsetAndEpoch, right: OffsetAndEpoch) -> Bool {
        (left.epoch, left.offset) < (right.epoch, right.offset)
    }
}

/// A snapshot that lies whole and durable on disk.
package struct Snapshot: Hashable, Sendable {
    /// The offset after the last record the snapshot holds, and that record's epoch.
    package let id: OffsetAndEpoch
    package let sizeInBytes: Int64

    package init(id: OffsetAndEpoch, sizeInBytes: Int64) {
        self.id = id
        self.sizeInBytes = sizeInBytes
    }
}

/// The first offset written in an epoch: a line of the file `leader-epoch-checkpoint`.
package struct EpochStart: Hashable, Sendable {
    package let epoch: Int32
    package let startOffset: Int64

    package init(epoch: Int32, startOffset: Int64) {
        self.epoch = epoch
        self.startOffset = startOffset
    }
}

/// Neighbouring batches of one epoch: offsets `baseOffset` up to, not including, `endOffset`.
package struct BatchSpan: Hashable, Sendable {
    package let baseOffset: Int64
    package let endOffset: Int64
    package let epoch: Int32

    package init(baseOffset: Int64, endOffset: Int64, epoch: Int32) {
        self.baseOffset = baseOffset
        self.endOffset = endOffset
        self.epoch = epoch
    }
}

/// What the core knows of the log: its bounds, where epochs begin, which snapshots there are. The bytes are the driver's.
package struct LogShape: Hashable, Sendable {
    package private(set) var startOffset: Int64
    /// The offset the next record gets.
    package private(set) var endOffset: Int64
    /// Ascending in both fields.
    package private(set) var epochs: [EpochStart]
    /// Ascending by offset. The bootstrap checkpoint (offset 0) is not one of them.
    package private(set) var snapshots: [Snapshot]

    /// Offsets at or above are not accepted from anyone, so that counting on from one that was never overflows.
    static let offsetLimit = Int64.max - (1 << 33)

    /// An empty log.
    package init() { self.init(startOffset: 0, endOffset: 0, epochs: [], snapshots: []) }

    /// Takes what was found on disk. Epochs and snapshots may come in any order; a snapshot at offset 0 (the bootstrap
    /// checkpoint) is left out, since it is never sent and holds no records of the log; so is one that ends before the log
    /// begins, left over from a crash between a reset of the log and the removal of old snapshots.
    package init(startOffset: Int64, endOffset: Int64, epochs: [EpochStart], snapshots: [Snapshot]) {
        self.startOffset = startOffset
        self.endOffset = max(startOffset, endOffset)
        self.epochs = epochs.sorted { $0.startOffset < $1.startOffset }
        self.snapshots = snapshots.filter { $0.id.offset > 0 && $0.id.offset >= startOffset }.sorted {
            $0.id.offset < $1.id.offset
        }
    }

    package var latestSnapshot: Snapshot? { snapshots.last }

    /// The epoch of the last record, or of the snapshot the log begins after; 0 for an empty log.
    package var lastEpoch: Int32 { epochs.last?.epoch ?? latestSnapshot?.id.epoch ?? 0 }

    /// The end of the log, as votes and fetches tell it.
    package var end: OffsetAndEpoch { OffsetAndEpoch(offset: endOffset, epoch: lastEpoch) }

    /// The largest epoch not above `epoch` that this log has, and the offset after its last record.
    package func end(ofEpoch epoch: Int32) -> OffsetAndEpoch {
        guard epoch < lastEpoch, let next = epochs.firstIndex(where: { $0.epoch > epoch }) else { return end }
        let before: Int32 =
            if next > 0 { epochs[next - 1].epoch } else if let snapshot = snapshots.first, snapshot.id.epoch <= epoch {
                snapshot.id.epoch
            } else { epoch }
        return OffsetAndEpoch(offset: epochs[next].startOffset, epoch: before)
    }

    /// Whether the log leads up to the end of the snapshot `id`, or begins there or later. Records of the same offset and
    /// epoch are the same, and so are all before them (Raft §5.3, Log Matching).
    func contains(_ id: OffsetAndEpoch) -> Bool { id.offset <= startOffset || epoch(at: id.offset - 1) == id.epoch }

    /// The epoch of the record at `offset`, nil outside of the log.
    package func epoch(at offset: Int64) -> Int32? {
        guard offset >= startOffset, offset < endOffset else { return nil }
        return epochs.last { $0.startOffset <= offset }?.epoch
    }
}

extension LogShape {
    mutating func append(_ span: BatchSpan) {
        Invariant.appendsAtTheEnd.require(span.baseOffset == endOffset && span.endOffset > span.baseOffset)
        Invariant.epochsNeverDecrease.require(span.epoch >= lastEpoch)
        if epochs.last.map({ $0.epoch < span.epoch }) ?? true {
            epochs.append(EpochStart(epoch: span.epoch, startOffset: span.baseOffset))
        }
        endOffset = span.endOffset
    }

    mutating func truncate(to offset: Int64) {
        Invariant.truncatesInsideTheLog.require(offset >= startOffset && offset <= endOffset)
        endOffset = offset
        while let last = epochs.last, last.startOffset >= offset { epochs.removeLast() }
    }

    /// Forgets every record and older snapshot; the log begins anew after the snapshot `id`.
    mutating func reset(to id: OffsetAndEpoch) {
        snapshots.removeAll { $0.id.offset < id.offset }
        startOffset = id.offset
        endOffset = id.offset
        epochs = []
    }

    mutating func add(_ snapshot: Snapshot) {
        snapshots.removeAll { $0.id == snapshot.id }
        let place = snapshots.firstIndex { $0.id.offset > snapshot.id.offset } ?? snapshots.endIndex
        snapshots.insert(snapshot, at: place)
    }

    /// Forgets what lies before the snapshot `id`: older snapshots and records.
    mutating func dropPrefix(before id: OffsetAndEpoch) {
        snapshots.removeAll { $0.id.offset < id.offset }
        guard id.offset > startOffset else { return }
        startOffset = id.offset
        guard let floor = epochs.lastIndex(where: { $0.startOffset <= id.offset }) else { return }
        let epoch = epochs[floor].epoch
        epochs.removeSubrange(..<floor)
        if startOffset < endOffset {
            epochs[0] = EpochStart(epoch: epoch, startOffset: startOffset)
        } else {
            epochs = []
        }
    }
}
