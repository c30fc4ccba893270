package import BrokerModel
internal import BrokerPluginAPI
internal import NIOCore
internal import Synchronization

/// What a read needs to know, taken under the lock.
private struct ReadPlan {
    var segment: Offset
    var nextSegment: Offset
    var file: (any StorageFile)?
    var size: Int
    /// The batch to begin with, if its place is known.
    var first: (position: Int, end: Int)?
    /// Otherwise where to look for it.
    var startHint = 0
    /// Where the bytes that may be read end, if that is known.
    var end: Int?
    /// Otherwise a position at or before that.
    var endHint = 0
    var damage: [DamagedRange]
    var lease: SegmentLease?
    var generation: UInt64
    var needsIndexes = false
}

extension PartitionLog {
    /// The batches from the one that holds `offset`, up to the batch that holds `upperBound`, of one segment.
    ///
    /// Near the end of the log no I/O is needed. The slice may end within a batch, as Kafka's do, where `maxBytes`
    /// cuts it.
    ///
    /// - Parameters:
    ///   - upperBound: high watermark, last stable offset or log end, as the reader may see.
    ///   - minimumOneBatch: whether the first batch is given even if it is larger than `maxBytes`.
    /// - Returns: an empty slice if there is nothing between the offset and the bound.
    package func read(
        from offset: Offset, maxBytes: Int, upperBound: Offset, minimumOneBatch: Bool = true
    ) throws(LogError) -> LogSlice {
        var wanted = offset
        while true {
            guard let plan = try plan(wanted, upperBound: upperBound, isFirst: wanted == offset) else {
                return LogSlice(segmentBaseOffset: wanted, position: 0, byteCount: 0, file: nil)
            }
            if plan.needsIndexes {
                try loadIndexes(of: plan.segment)
                continue
            }
            let slice: LogSlice?
            do { slice = try follow(plan, wanted, maxBytes: maxBytes, upperBound: upperBound, minimumOneBatch) } catch {
                // What was read may have been cut away meanwhile, or be about to get its name.
                if state.withLock({ $0.generation != plan.generation || $0.isExchanging }) { continue }
                throw error
            }
            if state.withLock({ $0.generation != plan.generation }) { continue }
            if let slice { return slice }
            wanted = plan.nextSegment
        }
    }

    private func plan(_ offset: Offset, upperBound: Offset, isFirst: Bool) throws(LogError) -> ReadPlan? {
        try state.withLock { state throws(LogError) in
            try state.checkUsable()
            let end = state.logEndOffset
            guard offset >= state.logStartOffset, offset <= end else {
                if !isFirst && offset > end { return nil }
                throw .offsetOutOfRange(offset, logStart: state.logStartOffset, logEnd: end)
            }
            let bound = min(upperBound, end)
            guard offset < bound else { return nil }
            if let plan = Self.planAtTail(offset, bound, in: &state) { return plan }
            let index = state.segmentIndex(for: offset)
            if index < state.sealed.count, state.sealed[index].file == nil {
                state.sealed[index].file = state.storage.file(state.path(state.sealed[index].baseOffset, .log))
            }
            if index < state.sealed.count {
                if state.sealed[index].lease == nil { state.sealed[index].lease = SegmentLease() }
            } else if state.active.lease == nil {
                state.active.lease = SegmentLease()
            }
            let segment = state.segment(at: index)
            if let damage = segment.damage(holding: offset) {
                throw .corrupt(offset: offset, reason: damage.reason)
            }
            var plan = ReadPlan(
                segment: segment.baseOffset, nextSegment: segment.nextOffset, file: segment.file, size: segment.size,
                damage: segment.damage, lease: segment.lease, generation: state.generation)
            if index == state.sealed.count {
                plan.first = state.recent.locate(offset)
                if bound < segment.nextOffset { plan.end = state.recent.locate(bound)?.position }
            }
            if bound >= segment.nextOffset { plan.end = segment.size }
            if plan.first == nil || plan.end == nil {
                guard let offsets = segment.offsetIndex else {
                    plan.needsIndexes = true
                    return plan
                }
                plan.startHint = offsets.position(for: segment.relative(offset))
                plan.endHint = offsets.position(for: segment.relative(bound))
            }
            return plan
        }
    }

    /// The plan for a read among the last batches; everything about it is known.
    private static func planAtTail(_ offset: Offset, _ bound: Offset, in state: inout LogState) -> ReadPlan? {
        guard let first = state.recent.locate(offset) else { return nil }
        let size = state.active.size
        var end = size
        if bound < state.active.nextOffset {
            guard let place = state.recent.locate(bound) else { return nil }
            end = place.position
        }
        if state.active.lease == nil { state.active.lease = SegmentLease() }
        return ReadPlan(
            segment: state.active.baseOffset, nextSegment: state.active.nextOffset, file: state.active.file, size: size,
            first: first, end: end, damage: [], lease: state.active.lease, generation: state.generation)
    }

    /// Nil if the segment has nothing at or beyond the offset.
    private func follow(
        _ plan: ReadPlan, _ offset: Offset, maxBytes: Int, upperBound: Offset, _ minimumOneBatch: Bool
    ) throws(LogError) -> LogSlice? {
        guard let file = plan.file else { return nil }
        let located: (position: Int, end: Int)? =
            if let first = plan.first { first } else {
                try locate(offset, in: file, from: plan.startHint, limit: plan.size, damage: plan.damage)
            }
        guard let first = located else { return nil }
        var end = plan.end ?? plan.endHint
        if plan.end == nil && first.position + max(maxBytes, first.end - first.position) > plan.endHint {
            let from = max(plan.endHint, first.position)
            end =
                try locate(upperBound, in: file, from: from, limit: plan.size, damage: plan.damage)?.position
                ?? plan.size
        }
        for damage in plan.damage where damage.positions.lowerBound >= first.position {
            end = min(end, damage.positions.lowerBound)
        }
        let firstLength = first.end - first.position
        var count = min(maxBytes, end - first.position)
        if count < firstLength { count = minimumOneBatch && first.end <= end ? firstLength : 0 }
        return LogSlice(
            segmentBaseOffset: plan.segment, position: first.position, byteCount: max(count, 0), file: file,
            lease: plan.lease)
    }

    /// The place of the first batch that reaches to `offset` or beyond; nil if there is none up to `limit`.
    func locate(
        _ offset: Offset, in file: any StorageFile, from position: Int, limit: Int, damage: [DamagedRange]
    ) throws(LogError) -> (position: Int, end: Int)? {
        var scanner = BatchScanner(file, from: position, limit: limit)
        do {
            while true {
                switch try scanner.next() {
                case .end: return nil
                case .batch(let header, let position):
                    if header.lastOffset >= offset { return (position, position + header.totalByteCount) }
                case .broken(.unsupportedMagic(let magic), _) where magic == 0 || magic == 1:
                    throw LogError.unsupportedFormat(magic)
                case .broken(let reason, let position):
                    if let known = damage.first(where: { $0.positions.contains(position) }) {
                        scanner.move(to: known.positions.upperBound)
                        continue
                    }
                    throw LogError.corrupt(offset: offset, reason: "at byte \(position): \(reason)")
                }
            }
        } catch let error as LogError { throw error } catch let error as StorageError {
            throw readFailure(error, at: offset)
        } catch { throw .closed }
    }

    /// A file that is gone because its segment was deleted meanwhile is no failure of the storage.
    func readFailure(_ error: StorageError, at offset: Offset) -> LogError {
        state.withLock { state in
            if error.code == .notFound, offset < state.logStartOffset || state.failure != nil {
                return state.failure
                    ?? .offsetOutOfRange(offset, logStart: state.logStartOffset, logEnd: state.logEndOffset)
            }
            if error.code == .notFound && state.isExchanging { return .offline(error) }
            return state.fail(error)
        }
    }

    /// Reads the indexes of a sealed segment, or rebuilds them if they are missing or wrong. May block.
    func loadIndexes(of baseOffset: Offset) throws(LogError) {
        let (found, configuration, directory, snapshots, generation) = state.withLock { state in
            (
                state.sealed.first { $0.baseOffset == baseOffset }, state.configuration, state.directory,
                state.snapshots, state.generation
            )
        }
        // Deleted meanwhile, or active again: the caller looks anew.
        guard let found, found.offsetIndex == nil || found.timeIndex == nil || found.aborted == nil else { return }
        let files = SegmentFiles(storage: storage, directory: directory)
        let loaded: Segment
        do {
            loaded = try files.loadIndexes(of: found, configuration: configuration, snapshots: snapshots)
        } catch { throw readFailure(error, at: baseOffset) }
        state.withLock { state in
            guard state.generation == generation,
                let index = state.sealed.firstIndex(where: { $0.baseOffset == baseOffset })
            else { return }
            state.sealed[index].offsetIndex = loaded.offsetIndex
            state.sealed[index].timeIndex = loaded.timeIndex
            state.sealed[index].aborted = loaded.aborted
            state.sealed[index].largestTimestamp = loaded.largestTimestamp
            state.sealed[index].offsetOfLargestTimestamp = loaded.offsetOfLargestTimestamp
            state.sealed[index].indexesAreWritten = loaded.indexesAreWritten
        }
    }

    /// Gives up the memory of sealed segments' indexes that are on disk; they are read again when needed.
    package func dropIndexes() {
        state.withLock { state in
            for index in state.sealed.indices where state.sealed[index].indexesAreWritten {
                state.sealed[index].offsetIndex = nil
                state.sealed[index].timeIndex = nil
                state.sealed[index].aborted = nil
            }
        }
    }
}
