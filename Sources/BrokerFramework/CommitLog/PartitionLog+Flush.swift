package import BrokerModel
internal import BrokerPluginAPI
internal import NIOCore
internal import Synchronization

/// What one flush makes durable, taken under the lock.
private struct FlushWork {
    var end: Offset
    var segments: [Segment]
    var sealedToIndex: [Segment]
    var active: (any StorageFile)?
    /// The base of the active segment if it has stale indexes.
    var stale: Offset?
    var snapshots: [LogState.PendingSnapshot]
    var epochs: LeaderEpochs?
    var metadata: Bool
    var directory: Bool
    var path: String
    var generation: UInt64
}

extension PartitionLog {
    /// Makes what was appended below `offset` durable, with all that belongs to sealed segments: indexes, producer
    /// snapshots, leader epochs, directory entries. Appends go on meanwhile. May block.
    ///
    /// After a failed fsync the log is offline for good: what reached the disk is unknown, and asking again would
    /// only hide it.
    ///
    /// - Returns: the recovery point, at least the smaller of `offset` and the log's end at the time of the call.
    @discardableResult
    package func flush(upTo offset: Offset = .max, now: Timestamp) throws(LogError) -> Offset {
        try flusher.withLock { _ throws(LogError) in
            while true {
                let work = try state.withLock { state throws(LogError) in
                    try state.checkUsable()
                    return Self.work(upTo: offset, in: &state)
                }
                guard let work else { return recoveryPoint }
                do throws(StorageError) { try perform(work) } catch {
                    if let failure = flushFailure(error, work) { throw failure }
                    continue
                }
                let point: Offset? = state.withLock { state in
                    // Segments were deleted meanwhile: what was secured is looked at anew.
                    guard state.generation == work.generation else { return nil }
                    Self.accept(work, now: now, in: &state)
                    return state.recoveryPoint
                }
                if let point { return point }
            }
        }
    }

    private static func work(upTo offset: Offset, in state: inout LogState) -> FlushWork? {
        let hasFiles = state.active.file != nil || !state.sealed.isEmpty
        guard hasFiles else { return nil }
        let target = min(offset, state.logEndOffset)
        let includesActive = target > state.active.baseOffset && target > state.recoveryPoint
        let isUnindexed = state.sealed.filter { !$0.indexesAreWritten && $0.offsetIndex != nil }
        let recoveryPoint = state.recoveryPoint
        let segments = state.sealed.filter { $0.nextOffset > recoveryPoint && $0.baseOffset < target }
        let work = FlushWork(
            end: includesActive ? state.logEndOffset : segments.last?.nextOffset ?? recoveryPoint,
            segments: segments, sealedToIndex: isUnindexed, active: includesActive ? state.active.file : nil,
            stale: includesActive && state.active.hasStaleIndexes ? state.active.baseOffset : nil,
            snapshots: state.pendingSnapshots, epochs: state.epochsAreDirty ? state.epochs : nil,
            metadata: state.metadataIsDirty, directory: state.directoryIsDirty, path: state.directory,
            generation: state.generation)
        if work.end <= recoveryPoint && isUnindexed.isEmpty && work.snapshots.isEmpty && work.epochs == nil
            && !work.metadata && !work.directory && work.stale == nil
        {
            return nil
        }
        // What becomes dirty from here on is for the next flush.
        state.epochsAreDirty = false
        state.metadataIsDirty = false
        state.directoryIsDirty = false
        return work
    }

    private func perform(_ work: FlushWork) throws(StorageError) {
        let files = SegmentFiles(storage: storage, directory: work.path)
        for segment in work.segments {
            try (segment.file ?? storage.file(files.path(segment.baseOffset, .log))).synchronize()
        }
        try work.active?.synchronize()
        if let stale = work.stale { try files.removeIndexes(of: stale) }
        for segment in work.sealedToIndex { try files.writeIndexes(of: segment) }
        for snapshot in work.snapshots {
            try storage.replaceWhole(
                files.path(snapshot.offset, .snapshot), with: ProducerSnapshot.encode(snapshot.producers))
        }
        if let epochs = work.epochs {
            try storage.replaceWhole(
                work.path + "/" + LogFileName.leaderEpochCheckpoint, with: CheckpointText.encode(epochs))
        }
        if work.metadata { try storage.file(work.path + "/" + LogFileName.partitionMetadata).synchronize() }
        if work.directory || !work.sealedToIndex.isEmpty || work.stale != nil {
            try storage.synchronizeDirectory(work.path)
            try storage.synchronizeDirectory(storage.parent(of: work.path))
        }
    }

    private static func accept(_ work: FlushWork, now: Timestamp, in state: inout LogState) {
        state.recoveryPoint = max(state.recoveryPoint, work.end)
        state.lastFlush = now
        if state.active.baseOffset == work.stale { state.active.hasStaleIndexes = false }
        for segment in work.sealedToIndex {
            if let index = state.sealed.firstIndex(where: { $0.baseOffset == segment.baseOffset }) {
                state.sealed[index].indexesAreWritten = true
            }
        }
        for snapshot in work.snapshots where !state.snapshots.contains(snapshot.offset) {
            state.snapshots.append(snapshot.offset)
        }
        state.snapshots.sort()
        state.pendingSnapshots.removeAll { pending in work.snapshots.contains { $0.offset == pending.offset } }
    }

    /// Nil if the flush is to be tried again: a file that is gone because its segment was deleted meanwhile is no
    /// failure, and no fsync was answered with one.
    private func flushFailure(_ error: StorageError, _ work: FlushWork) -> LogError? {
        state.withLock { state in
            if work.epochs != nil { state.epochsAreDirty = true }
            if work.metadata { state.metadataIsDirty = true }
            if work.directory { state.directoryIsDirty = true }
            if let failure = state.failure { return failure }
            if error.code == .notFound && state.generation != work.generation { return nil }
            return state.fail(error)
        }
    }

    /// Removes producer snapshots that no recovery would use: all but those at the bases of the two newest segments
    /// and the newest of all. May block.
    package func removeOldSnapshots() throws(LogError) {
        let (old, files) = state.withLock { state in
            var kept = Set(state.sealed.suffix(1).map(\.baseOffset) + [state.active.baseOffset])
            if let newest = state.snapshots.last { kept.insert(newest) }
            let old = state.snapshots.filter { !kept.contains($0) }
            state.snapshots.removeAll { !kept.contains($0) }
            return (old, SegmentFiles(storage: storage, directory: state.directory))
        }
        for offset in old {
            do { try storage.remove(files.path(offset, .snapshot)) } catch {
                throw state.withLock { $0.fail(error) }
            }
        }
    }

    /// Writes everything that a clean start expects, and takes no more calls. May block.
    package func close(now: Timestamp) throws(LogError) {
        try writer.withLock { _ throws(LogError) in
            if case .closed = failure { return }
            let hasFiles = try state.withLock { state throws(LogError) -> Bool in
                try state.checkUsable()
                let hasFiles = state.active.file != nil || !state.sealed.isEmpty
                let end = state.logEndOffset
                let isKnown = state.snapshots.contains(end) || state.pendingSnapshots.contains { $0.offset == end }
                // A snapshot at the end may be out of date if producers expired; it is written again.
                if hasFiles && (!isKnown || state.active.size > 0) {
                    state.pendingSnapshots.append(LogState.PendingSnapshot(offset: end, producers: state.producers))
                }
                return hasFiles
            }
            if hasFiles { try settleActive(now: now) }
            state.withLock { state in
                state.failure = .closed
                state.active.file?.close()
                for segment in state.sealed { segment.file?.close() }
            }
        }
    }

    private func settleActive(now: Timestamp) throws(LogError) {
        let (active, isTorn, preallocates) = state.withLock {
            ($0.active, $0.hasTornTail, $0.configuration.preallocate)
        }
        do {
            if let file = active.file, isTorn || preallocates { try file.truncate(to: Int64(active.size)) }
        } catch { throw state.withLock { $0.fail(error) } }
        try flush(now: now)
        guard active.size > 0 else { return try removeOldSnapshots() }
        var sealed = active
        sealed.seal(nextOffset: active.nextOffset)
        let files = SegmentFiles(storage: storage, directory: directory)
        do {
            try files.writeIndexes(of: sealed)
            try storage.synchronizeDirectory(files.directory)
        } catch { throw state.withLock { $0.fail(error) } }
        try removeOldSnapshots()
    }
}
