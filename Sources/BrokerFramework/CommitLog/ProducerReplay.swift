internal import BrokerModel
internal import BrokerPluginAPI
internal import NIOCore

/// Restores a partition's producers: the newest usable snapshot, and the batches after it.
struct ProducerReplay {
    let files: SegmentFiles
    let configuration: LogConfiguration

    struct Outcome {
        var producers = ProducerStateTable()
        /// The snapshot it began with; nil if there was none to use.
        var snapshot: Offset?
        /// Snapshots that could not be read.
        var unusable: [Offset] = []
        /// The aborted transactions of each segment that was replayed from its beginning, by its base.
        var aborted: [Offset: [AbortedTransaction]] = [:]
    }

    /// - Parameters:
    ///   - bound: the snapshot to begin with must not lie above.
    ///   - segments: all that hold batches of interest, ascending.
    func run(
        fromSnapshotUpTo bound: Offset, snapshots: [Offset], pending: [LogState.PendingSnapshot],
        segments: [(Segment, any StorageFile)]
    ) throws(StorageError) -> Outcome {
        var outcome = try newestSnapshot(upTo: bound, snapshots: snapshots, pending: pending)
        let from = outcome.snapshot ?? 0
        for (segment, file) in segments where segment.nextOffset > from {
            let replayed = try replay(segment, file, from: from, into: outcome.producers)
            outcome.producers = replayed.producers
            if segment.baseOffset >= from { outcome.aborted[segment.baseOffset] = replayed.segment.aborted }
        }
        return outcome
    }

    private func newestSnapshot(
        upTo bound: Offset, snapshots: [Offset], pending: [LogState.PendingSnapshot]
    ) throws(StorageError) -> Outcome {
        var outcome = Outcome()
        let newestPending = pending.last { $0.offset <= bound }
        for offset in snapshots.sorted().reversed() where offset <= bound {
            if let newestPending, newestPending.offset >= offset { break }
            if let bytes = try files.storage.readWhole(files.path(offset, .snapshot)),
                let table = ProducerSnapshot.decode(bytes)
            {
                outcome.producers = table
                outcome.snapshot = offset
                return outcome
            }
            outcome.unusable.append(offset)
        }
        if let newestPending {
            outcome.producers = newestPending.producers
            outcome.snapshot = newestPending.offset
        }
        return outcome
    }

    private func replay(
        _ segment: Segment, _ file: any StorageFile, from: Offset, into producers: ProducerStateTable
    ) throws(StorageError) -> SegmentScan {
        var scan = SegmentScan(
            configuration: configuration, verifiesChecksums: false,
            segment: Segment(baseOffset: segment.baseOffset, created: 0), producers: producers, producersFrom: from)
        try scan.runPastDamage(file, of: segment)
        return scan
    }
}
