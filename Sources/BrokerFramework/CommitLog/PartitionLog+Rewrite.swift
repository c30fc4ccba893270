package import BrokerModel
internal import BrokerPluginAPI
package import NIOCore
internal import Synchronization

/// Tells readers of a segment's file that another file has taken its name.
final class SegmentLease: Sendable {
    private let value = Atomic<Bool>(false)

    var isReplaced: Bool { value.load(ordering: .acquiring) }
    func end() { value.store(true, ordering: .releasing) }
}

extension PartitionLog {
    /// Replaces sealed segments that follow one another by one that holds what `keep` leaves of their batches; what
    /// cleaning does. Appends and reads go on meanwhile. May block, for long.
    ///
    /// Nothing is replaced unless everything was read whole: damage is an error, never a reason to drop records.
    /// After a crash the log has the old segments or the new one.
    ///
    /// - Parameters:
    ///   - bases: of sealed segments, without a gap.
    ///   - keep: given each batch in order, its checksum checked; the batch to keep in its place, with base offset
    ///     and last offset within the old one's, or nil to drop it.
    /// - Returns: the old files, for `unlink(_:)`; none if the log changed meanwhile and nothing was replaced.
    package func rewriteSegments(
        _ bases: [Offset], now: Timestamp, keep: (RecordBatch) throws(LogError) -> ByteBuffer?
    ) throws(LogError) -> DeletedFiles {
        let nothing = DeletedFiles(paths: [], byteCount: 0)
        guard let last = bases.last else { return nothing }
        var old: [Segment] = []
        for base in bases {
            guard let segment = try loadedSegment(base) else { return nothing }
            old.append(segment)
        }
        if let end = old.last?.nextOffset, end > recoveryPoint { try flush(upTo: end, now: now) }
        let (generation, isSealed, files, configuration) = state.withLock { state in
            (
                state.generation, state.active.baseOffset > last,
                SegmentFiles(storage: storage, directory: state.directory), state.configuration
            )
        }
        guard isSealed, zip(old, old.dropFirst()).allSatisfy({ $0.nextOffset == $1.baseOffset }) else { return nothing }
        var rewriting = SegmentRewriting(files: files, configuration: configuration, old: old, now: now)
        do { try rewriting.run(keep) } catch { throw rewriteFailure(error) }
        let segment = rewriting.segment
        return try writer.withLock { _ throws(LogError) in
            try flusher.withLock { _ throws(LogError) in
                guard try install(segment, for: old, generation: generation, files) else {
                    do throws(StorageError) { try storage.remove(rewriting.path + ".swap") } catch {
                        throw state.withLock { $0.fail(error) }
                    }
                    return nothing
                }
                return try exchange(segment, for: old, files)
            }
        }
    }

    private func rewriteFailure(_ error: SegmentRewriting.Failure) -> LogError {
        switch error {
        case .log(let error): error
        case .storage(let error): state.withLock { $0.fail(error) }
        }
    }

    /// Readers take the new segment from here on, under its temporary name.
    private func install(
        _ segment: Segment, for old: [Segment], generation: UInt64, _ files: SegmentFiles
    ) throws(LogError) -> Bool {
        try state.withLock { state throws(LogError) in
            try state.checkUsable()
            guard state.generation == generation,
                let first = state.sealed.firstIndex(where: { $0.baseOffset == segment.baseOffset }),
                state.sealed.count >= first + old.count
            else { return false }
            for segment in state.sealed[first..<first + old.count] { segment.lease?.end() }
            state.sealed.replaceSubrange(first..<first + old.count, with: [segment])
            state.generation += 1
            state.isExchanging = true
            return true
        }
    }

    /// The files get their names; a crash in between is completed when the log is opened.
    private func exchange(_ segment: Segment, for old: [Segment], _ files: SegmentFiles) throws(LogError)
        -> DeletedFiles
    {
        defer { state.withLock { $0.isExchanging = false } }
        let deleted = try rename(old, files)
        let path = files.path(segment.baseOffset, .log)
        do throws(StorageError) {
            try storage.rename(path + ".swap", to: path)
            try files.writeIndexes(of: segment)
            try storage.synchronizeDirectory(files.directory)
        } catch { throw state.withLock { $0.fail(error) } }
        state.withLock { state in
            if let index = state.sealed.firstIndex(where: { $0.baseOffset == segment.baseOffset }) {
                state.sealed[index].file = storage.file(path)
                state.sealed[index].indexesAreWritten = true
            }
            state.generation += 1
        }
        return deleted
    }
}
