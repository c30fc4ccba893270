package import BrokerModel
internal import BrokerPluginAPI
internal import NIOCore
internal import Synchronization

extension PartitionLog {
    /// Cuts the log so that it ends at `offset`, or before the batch that holds it. May block.
    ///
    /// The recovery point comes down with the log's end. The caller must write it to
    /// `recovery-point-offset-checkpoint` before it appends again: what is appended is not durable, though it may lie
    /// below the point that the checkpoint has.
    ///
    /// - Returns: the log's new end; nothing happens if it ends at or before `offset`.
    @discardableResult
    package func truncate(to offset: Offset, now: Timestamp) throws(LogError) -> Offset {
        try writer.withLock { _ throws(LogError) in
            let (end, first) = try state.withLock { state throws(LogError) in
                try state.checkUsable()
                return (state.logEndOffset, state.sealed.first?.baseOffset ?? state.active.baseOffset)
            }
            if offset >= end { return end }
            if offset < first || offset < logStartOffset {
                try restart(at: offset, now: now)
                return offset
            }
            return try flusher.withLock { _ throws(LogError) in try cut(to: offset, now: now) }
        }
    }

    /// Removes everything; the log begins and ends at `offset`. May block. The rule about the recovery point is that
    /// of `truncate(to:now:)`.
    package func truncateFullyAndStart(at offset: Offset, now: Timestamp) throws(LogError) {
        try writer.withLock { _ throws(LogError) in try restart(at: offset, now: now) }
    }

    /// Raises the log's start, as DeleteRecords does. Whole segments below it can then be deleted. Does no I/O.
    ///
    /// - Returns: the log start offset; it never goes down.
    @discardableResult
    package func advanceLogStart(to offset: Offset) throws(LogError) -> Offset {
        try state.withLock { state throws(LogError) in
            try state.checkUsable()
            guard offset <= state.logEndOffset else {
                throw .offsetOutOfRange(offset, logStart: state.logStartOffset, logEnd: state.logEndOffset)
            }
            if offset > state.logStartOffset {
                state.logStartOffset = offset
                let before = state.epochs
                state.epochs.truncate(toStart: offset)
                if state.epochs != before { state.epochsAreDirty = true }
            }
            return state.logStartOffset
        }
    }

    /// Seals the active segment if it has records.
    ///
    /// - Returns: the base of the active segment; `flush(upTo:)` it, off the event loop.
    @discardableResult
    package func roll(now: Timestamp) throws(LogError) -> Offset {
        try writer.withLock { _ throws(LogError) in
            try state.withLock { state throws(LogError) in
                try state.checkUsable()
                state.roll(now: now)
                return state.active.baseOffset
            }
        }
    }

    // MARK: Cutting

    private func cut(to offset: Offset, now: Timestamp) throws(LogError) -> Offset {
        let (index, bases) = state.withLock { state in
            (state.segmentIndex(for: offset), state.sealed.map(\.baseOffset) + [state.active.baseOffset])
        }
        guard index < bases.count, let kept = try loadedSegment(bases[index]) else { throw .closed }
        let files = SegmentFiles(storage: storage, directory: directory)
        let file = kept.file ?? storage.file(files.path(kept.baseOffset, .log))
        let hint = kept.offsetIndex?.position(for: kept.relative(offset)) ?? 0
        let position =
            kept.size == 0
            ? 0
            : try locate(offset, in: file, from: hint, limit: kept.size, damage: kept.damage)?.position ?? kept.size

        // Newest first, so that a crash in between leaves a log without holes.
        do {
            for base in bases[(index + 1)...].reversed() { try files.removeAll(of: base) }
            try files.removeIndexes(of: kept.baseOffset)
            if kept.size > 0 || index < bases.count - 1 { try file.truncate(to: Int64(position)) }
            if index < bases.count - 1 { try storage.synchronizeDirectory(files.directory) }
        } catch { throw state.withLock { $0.fail(error) } }

        var (segment, end) = try rebuildTail(of: kept, file: file, to: position)
        if segment.size == 0 { end = kept.size == 0 ? min(offset, kept.nextOffset) : segment.nextOffset }
        let producers = try replay(upTo: end, segments: bases[..<index], tail: segment, file: file)
        let stale = state.withLock { state -> [Offset] in
            state.generation += 1
            state.sealed.removeSubrange(index...)
            segment.file = file
            state.active = segment
            state.recent = RecentBatches(offset: end, position: segment.size)
            state.producers = producers
            state.recoveryPoint = min(state.recoveryPoint, end)
            state.epochs.truncate(toEnd: end)
            state.epochsAreDirty = true
            state.hasTornTail = false
            let stale = state.snapshots.filter { $0 > end }
            state.snapshots.removeAll { $0 > end }
            state.pendingSnapshots.removeAll { $0.offset > end }
            return stale
        }
        try writeEpochs(removing: stale, files)
        return end
    }

    /// The kept segment as an active one that ends at `position`, its indexes cut with it.
    private func rebuildTail(
        of kept: Segment, file: any StorageFile, to position: Int
    ) throws(LogError) -> (Segment, end: Offset) {
        var segment = kept
        segment.size = position
        segment.indexesAreWritten = false
        segment.damage.removeAll { $0.positions.lowerBound >= position }
        segment.offsetIndex?.truncate(toPosition: position)
        // From the last entry on, what follows is read again: it gives the end and what the next entry counts from.
        let from = segment.offsetIndex?.entries.last.map { Int($0.position) } ?? 0
        var end = kept.baseOffset
        var bytesSince = 0
        var first = true
        var scanner = BatchScanner(file, from: from, limit: position)
        do {
            loop: while true {
                switch try scanner.next() {
                case .end: break loop
                case .batch(let header, let at):
                    end = header.nextOffset
                    bytesSince += header.totalByteCount
                    if at == 0 { segment.rollTimestamp = header.maxTimestamp }
                    first = false
                case .broken(let reason, let at):
                    if let known = segment.damage.first(where: { $0.positions.contains(at) }) {
                        end = max(end, known.offsets.upperBound)
                        scanner.move(to: known.positions.upperBound)
                        continue
                    }
                    throw LogError.corrupt(offset: end, reason: "at byte \(at): \(reason)")
                }
            }
        } catch let error as LogError { throw error } catch let error as StorageError {
            throw readFailure(error, at: end)
        } catch { throw .closed }
        if first { end = kept.baseOffset }
        segment.bytesSinceIndexEntry = bytesSince
        segment.nextOffset = end
        let relativeEnd = segment.relative(end)
        segment.timeIndex?.truncate(to: relativeEnd)
        segment.aborted?.removeAll { $0.lastOffset >= end }
        try restoreLargestTimestamp(of: &segment, file: file)
        return (segment, end)
    }

    /// The largest timestamp of a cut segment: its time index's, or that of a batch behind the index's last entry.
    private func restoreLargestTimestamp(of segment: inout Segment, file: any StorageFile) throws(LogError) {
        let last = segment.timeIndex?.entries.last
        segment.largestTimestamp = last?.timestamp ?? -1
        segment.offsetOfLargestTimestamp = last.map { segment.baseOffset + Offset($0.relativeOffset) } ?? -1
        let from = segment.offsetIndex?.position(for: last.map { Int64($0.relativeOffset) } ?? 0) ?? 0
        var scanner = BatchScanner(file, from: from, limit: segment.size)
        do {
            while case .batch(let header, _) = try scanner.next() {
                if header.maxTimestamp > segment.largestTimestamp ?? -1 {
                    segment.largestTimestamp = header.maxTimestamp
                    segment.offsetOfLargestTimestamp = header.lastOffset
                }
            }
        } catch { throw readFailure(error, at: segment.baseOffset) }
    }

    /// The producers as of `end`: from the newest snapshot that is usable, and the batches after it.
    private func replay(
        upTo end: Offset, segments: ArraySlice<Offset>, tail: Segment, file: any StorageFile
    ) throws(LogError) -> ProducerStateTable {
        let (snapshots, pending, configuration, directory, known) = state.withLock { state in
            (state.snapshots, state.pendingSnapshots, state.configuration, state.directory, state.sealed)
        }
        let files = SegmentFiles(storage: storage, directory: directory)
        var sources: [(Segment, any StorageFile)] = known.filter { segments.contains($0.baseOffset) }.map {
            ($0, $0.file ?? storage.file(files.path($0.baseOffset, .log)))
        }
        if tail.size > 0 { sources.append((tail, file)) }
        do {
            return try ProducerReplay(files: files, configuration: configuration).run(
                fromSnapshotUpTo: end, snapshots: snapshots, pending: pending, segments: sources
            ).producers
        } catch { throw readFailure(error, at: end) }
    }

    private func restart(at offset: Offset, now: Timestamp) throws(LogError) {
        try flusher.withLock { _ throws(LogError) in
            let (bases, old, directory) = try state.withLock { state throws(LogError) in
                try state.checkUsable()
                return (
                    state.sealed.map(\.baseOffset) + [state.active.baseOffset],
                    state.snapshots, state.directory
                )
            }
            try makeDirectory()
            let files = SegmentFiles(storage: storage, directory: directory)
            let file = storage.file(files.path(offset, .log))
            do throws(StorageError) {
                for base in bases.reversed() { try files.removeAll(of: base) }
                // An empty file holds the place: without it the log would begin at 0 after a restart.
                try file.truncate(to: 0)
                try storage.synchronizeDirectory(directory)
            } catch { throw state.withLock { $0.fail(error) } }
            state.withLock { state in
                state.generation += 1
                state.sealed = []
                state.active = Segment(baseOffset: offset, created: now)
                state.active.file = file
                state.recent = RecentBatches(offset: offset, position: 0)
                state.logStartOffset = offset
                state.recoveryPoint = offset
                state.producers = ProducerStateTable()
                state.epochs = LeaderEpochs()
                state.epochsAreDirty = true
                state.snapshots = []
                state.pendingSnapshots = []
                state.hasTornTail = false
            }
            try writeEpochs(removing: old, files)
        }
    }

    private func writeEpochs(removing snapshots: [Offset], _ files: SegmentFiles) throws(LogError) {
        let epochs = state.withLock { $0.epochs }
        do throws(StorageError) {
            for offset in snapshots { try storage.remove(files.path(offset, .snapshot)) }
            try storage.replaceWhole(
                files.directory + "/" + LogFileName.leaderEpochCheckpoint, with: CheckpointText.encode(epochs))
        } catch { throw state.withLock { $0.fail(error) } }
    }
}
