internal import BrokerModel
internal import BrokerPluginAPI
internal import NIOCore

/// Reads and writes the files that stand beside a segment's log.
struct SegmentFiles {
    let storage: any StorageBackend
    let directory: String

    func path(_ baseOffset: Offset, _ kind: LogFileName.Kind) -> String {
        directory + "/" + LogFileName.segment(baseOffset, kind)
    }

    /// The segment with its indexes, from disk if they are sound, otherwise from its batches.
    func loadIndexes(
        of segment: Segment, configuration: LogConfiguration, snapshots: [Offset]
    ) throws(StorageError) -> Segment {
        if let loaded = try readIndexes(of: segment) { return loaded }
        return try rebuildIndexes(of: segment, configuration: configuration, snapshots: snapshots)
    }

    /// Nil if one of them is missing or cannot belong to the segment.
    func readIndexes(of segment: Segment) throws(StorageError) -> Segment? {
        let base = segment.baseOffset
        guard let offsetBytes = try storage.readWhole(path(base, .offsetIndex)),
            let timeBytes = try storage.readWhole(path(base, .timeIndex)),
            let offsets = OffsetIndex(offsetBytes), let times = TimeIndex(timeBytes)
        else { return nil }
        let transactionBytes = try storage.readWhole(path(base, .transactionIndex)) ?? ByteBuffer()
        guard let aborted = TransactionIndex.decode(transactionBytes) else { return nil }
        if let last = offsets.entries.last, Int(last.position) >= segment.size { return nil }
        // A segment with records has at least the entry that sealing it added, unless no record has a timestamp: then
        // rebuilding finds that out.
        if times.entries.isEmpty && segment.size > 0 { return nil }
        var loaded = segment
        loaded.offsetIndex = offsets
        loaded.timeIndex = times
        loaded.aborted = aborted
        loaded.largestTimestamp = times.entries.last?.timestamp ?? -1
        loaded.offsetOfLargestTimestamp = times.entries.last.map { base + Offset($0.relativeOffset) } ?? -1
        loaded.indexesAreWritten = true
        return loaded
    }

    private func rebuildIndexes(
        of segment: Segment, configuration: LogConfiguration, snapshots: [Offset]
    ) throws(StorageError) -> Segment {
        let base = segment.baseOffset
        var producers = ProducerStateTable()
        if snapshots.contains(base), let bytes = try storage.readWhole(path(base, .snapshot)) {
            producers = ProducerSnapshot.decode(bytes) ?? producers
        }
        let file = segment.file ?? storage.file(path(base, .log))
        var scan = SegmentScan(
            configuration: configuration, verifiesChecksums: false,
            segment: Segment(baseOffset: base, created: segment.created), producers: producers, producersFrom: base)
        // What cannot be read is found again, and reported, by the read that needs it.
        try scan.runPastDamage(file, of: segment)
        scan.segment.seal(nextOffset: segment.nextOffset)
        var rebuilt = segment
        rebuilt.offsetIndex = scan.segment.offsetIndex
        rebuilt.timeIndex = scan.segment.timeIndex
        rebuilt.aborted = scan.segment.aborted
        rebuilt.largestTimestamp = scan.segment.largestTimestamp
        rebuilt.offsetOfLargestTimestamp = scan.segment.offsetOfLargestTimestamp
        rebuilt.indexesAreWritten = false
        return rebuilt
    }

    /// Writes the indexes of a segment that is complete, and makes them durable.
    func writeIndexes(of segment: Segment) throws(StorageError) {
        guard let offsets = segment.offsetIndex, let times = segment.timeIndex, let aborted = segment.aborted else {
            return
        }
        // This one first: where the others stand, its absence means that nothing was aborted.
        if !aborted.isEmpty {
            try write(TransactionIndex.encode(aborted), to: path(segment.baseOffset, .transactionIndex))
        }
        try write(offsets.encoded, to: path(segment.baseOffset, .offsetIndex))
        try write(times.encoded, to: path(segment.baseOffset, .timeIndex))
    }

    private func write(_ bytes: ByteBuffer, to path: String) throws(StorageError) {
        let file = storage.file(path)
        defer { file.close() }
        try file.truncate(to: 0)
        try file.write(bytes, at: 0)
        try file.synchronize()
    }

    /// Removes the indexes of a segment that no longer is what they describe.
    func removeIndexes(of baseOffset: Offset) throws(StorageError) {
        for kind in [LogFileName.Kind.offsetIndex, .timeIndex, .transactionIndex] {
            try storage.remove(path(baseOffset, kind))
        }
    }

    /// Removes all of a segment's files.
    func removeAll(of baseOffset: Offset) throws(StorageError) {
        for kind in LogFileName.Kind.allCases where kind != .snapshot { try storage.remove(path(baseOffset, kind)) }
    }
}
