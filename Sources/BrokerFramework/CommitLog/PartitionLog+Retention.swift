package import BrokerModel
internal import BrokerPluginAPI
internal import Synchronization

/// What a retention policy sees of a segment.
package struct SegmentDescription: Hashable, Sendable {
    package var baseOffset: Offset
    /// The offset after the segment.
    package var nextOffset: Offset
    /// In bytes.
    package var size: Int64
    /// −1 if no record has a timestamp.
    package var largestTimestamp: Timestamp
    package var isActive: Bool

    package init(
        baseOffset: Offset, nextOffset: Offset, size: Int64, largestTimestamp: Timestamp, isActive: Bool
    ) {
        self.baseOffset = baseOffset
        self.nextOffset = nextOffset
        self.size = size
        self.largestTimestamp = largestTimestamp
        self.isActive = isActive
    }
}

/// Files that were taken out of a log and wait to be unlinked.
package struct DeletedFiles: Hashable, Sendable {
    package var paths: [String]
    package var byteCount: Int64

    package var isEmpty: Bool { paths.isEmpty }
}

extension PartitionLog {
    /// All segments, oldest first. May block where a largest timestamp is not in memory.
    package func segments() throws(LogError) -> [SegmentDescription] {
        let bases = try state.withLock { state throws(LogError) in
            try state.checkUsable()
            return state.sealed.filter { $0.largestTimestamp == nil }.map(\.baseOffset)
        }
        for base in bases { try loadIndexes(of: base) }
        return state.withLock { state in
            (state.sealed + [state.active]).map { segment in
                SegmentDescription(
                    baseOffset: segment.baseOffset, nextOffset: segment.nextOffset, size: Int64(segment.size),
                    largestTimestamp: segment.largestTimestamp ?? -1,
                    isActive: segment.baseOffset == state.active.baseOffset)
            }
        }
    }

    /// Takes the sealed segments that end at or below `offset` out of the log, raises its start to the first offset
    /// that is left, and renames their files to `.deleted`. May block.
    ///
    /// - Returns: the files, for `unlink(_:)` after the delay for readers that still use them.
    package func deleteSegments(below offset: Offset, now: Timestamp) throws(LogError) -> DeletedFiles {
        try writer.withLock { _ throws(LogError) in
            let (doomed, files, keepsNone) = try state.withLock { state throws(LogError) in
                try state.checkUsable()
                let doomed = state.sealed.prefix { $0.nextOffset <= offset }
                return (
                    Array(doomed), SegmentFiles(storage: storage, directory: state.directory),
                    doomed.count == state.sealed.count && state.active.file == nil
                )
            }
            guard !doomed.isEmpty else { return DeletedFiles(paths: [], byteCount: 0) }
            if keepsNone { try holdPlace(files) }
            state.withLock { state in
                state.sealed.removeFirst(doomed.count)
                state.generation += 1
                let first = state.sealed.first?.baseOffset ?? state.active.baseOffset
                state.logStartOffset = max(state.logStartOffset, first)
                state.recoveryPoint = max(state.recoveryPoint, first)
                let before = state.epochs
                state.epochs.truncate(toStart: state.logStartOffset)
                if state.epochs != before { state.epochsAreDirty = true }
                let kept = state.logStartOffset
                state.pendingSnapshots.removeAll { $0.offset < kept }
            }
            return try rename(doomed, files)
        }
    }

    /// Unlinks what `deleteSegments(below:now:)` renamed. May block.
    package func unlink(_ files: DeletedFiles) throws(LogError) {
        do throws(StorageError) {
            for path in files.paths { try storage.remove(path) }
        } catch { throw state.withLock { $0.fail(error) } }
    }

    /// The log's end must survive the last segment's deletion: an empty file stands for it.
    private func holdPlace(_ files: SegmentFiles) throws(LogError) {
        let file = try state.withLock { state throws(LogError) in try state.activeFile() }
        do {
            try file.truncate(to: 0)
            try storage.synchronizeDirectory(files.directory)
        } catch { throw state.withLock { $0.fail(error) } }
    }

    func rename(_ segments: [Segment], _ files: SegmentFiles) throws(LogError) -> DeletedFiles {
        var deleted = DeletedFiles(paths: [], byteCount: 0)
        do throws(StorageError) {
            for segment in segments {
                deleted.byteCount += Int64(segment.size)
                for kind in LogFileName.Kind.allCases where kind != .snapshot {
                    let path = files.path(segment.baseOffset, kind)
                    let renamed = path + "." + LogFileName.Stage.deleted.rawValue
                    do throws(StorageError) { try storage.rename(path, to: renamed) } catch {
                        if error.code == .notFound { continue }
                        throw error
                    }
                    deleted.paths.append(renamed)
                }
            }
        } catch { throw state.withLock { $0.fail(error) } }
        return deleted
    }

    /// Closes the log without flushing and renames its directory to the name for deleted topics. May block.
    ///
    /// - Returns: the new directory, to be removed after the delay; nil if there was none.
    package func delete(as name: PartitionDirectoryName) throws(LogError) -> String? {
        try move(to: name.description, closing: true)
    }

    /// Gives the log's directory another name: a future replica takes its place, for example. The log stays open.
    package func rename(to name: PartitionDirectoryName) throws(LogError) {
        _ = try move(to: name.description, closing: false)
    }

    private func move(to name: String, closing: Bool) throws(LogError) -> String? {
        try writer.withLock { _ throws(LogError) in
            try flusher.withLock { _ throws(LogError) in
                let old = directory
                var moved = true
                do throws(StorageError) {
                    try storage.rename(old, to: name)
                    try storage.synchronizeDirectory(storage.parent(of: name))
                } catch {
                    guard error.code == .notFound else { throw state.withLock { $0.fail(error) } }
                    moved = false
                }
                state.withLock { state in
                    state.generation += 1
                    state.directory = name
                    if closing { state.failure = .closed }
                    for index in state.sealed.indices { state.sealed[index].file = nil }
                    if state.active.file != nil {
                        state.active.file = closing ? nil : storage.file(state.path(state.active.baseOffset, .log))
                    }
                }
                return moved ? name : nil
            }
        }
    }
}
