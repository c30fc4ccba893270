internal import BrokerModel
internal import BrokerPluginAPI
internal import NIOCore

/// Rows L to N: what follows from the batches, leader epochs and producers.
extension LogLoader {
    mutating func loadEpochs() throws(StorageError) {
        let bytes = try files.storage.readWhole(files.directory + "/" + LogFileName.leaderEpochCheckpoint)
        if let stored = bytes.flatMap(CheckpointText.decodeEpochs) {
            state.epochs = stored
        } else if !state.sealed.isEmpty || state.active.size > 0 {
            report.rows.insert(.lostEpochs)
            readEpochs = try epochsOfAllBatches()
            state.epochsAreDirty = true
        }
        let before = state.epochs
        state.epochs.truncate(toEnd: state.logEndOffset)
        for entry in readEpochs where entry.epoch != state.epochs.epoch(for: entry.startOffset) {
            state.epochs.assign(entry.epoch, startOffset: entry.startOffset)
        }
        state.epochs.truncate(toStart: state.logStartOffset)
        if state.epochs != before { state.epochsAreDirty = true }
    }

    private mutating func epochsOfAllBatches() throws(StorageError) -> [LeaderEpochs.Entry] {
        var all: [LeaderEpochs.Entry] = []
        for segment in state.sealed + [state.active] where segment.size > 0 {
            var scan = makeScan(Segment(baseOffset: segment.baseOffset, created: 0), verifying: false)
            let file = files.storage.file(files.path(segment.baseOffset, .log))
            try scan.runPastDamage(file, of: segment)
            all += scan.epochs.entries
        }
        return all
    }

    mutating func loadProducers() throws(StorageError) {
        let end = state.logEndOffset
        var sources: [(Segment, any StorageFile)] = []
        for segment in state.sealed + [state.active] where segment.size > 0 {
            sources.append((segment, segment.file ?? files.storage.file(files.path(segment.baseOffset, .log))))
        }
        if facts.wasClean && state.snapshots.isEmpty && !sources.isEmpty {
            report.rows.insert(.noSnapshot)
            sources = []
        }
        // Segments that were read again need their aborted transactions again too.
        let firstRead = sources.first { $0.0.offsetIndex != nil && $0.0.aborted == nil }?.0.baseOffset
        let outcome = try ProducerReplay(files: files, configuration: state.configuration).run(
            fromSnapshotUpTo: min(end, firstRead ?? end), snapshots: state.snapshots, pending: [], segments: sources)
        state.producers = outcome.producers
        for index in state.sealed.indices where state.sealed[index].aborted == nil {
            if state.sealed[index].offsetIndex != nil {
                state.sealed[index].aborted = outcome.aborted[state.sealed[index].baseOffset] ?? []
            }
        }
        if state.active.aborted == nil { state.active.aborted = outcome.aborted[state.active.baseOffset] ?? [] }
        let unusable = outcome.unusable + state.snapshots.filter { $0 > end }
        if !unusable.isEmpty { report.rows.insert(.badSnapshot) }
        for offset in unusable { try files.storage.remove(files.path(offset, .snapshot)) }
        state.snapshots = state.snapshots.filter { !unusable.contains($0) }.sorted()
    }
}
