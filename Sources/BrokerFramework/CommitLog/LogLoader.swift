internal import BrokerModel
internal import BrokerPluginAPI
internal import BrokerPrimitives
internal import NIOCore

/// Opens a partition's directory: brings it in order, reads what was not flushed, and makes the state of the log.
///
/// What it does is listed row by row in `LogRecoveryRow`.
struct LogLoader {
    let files: SegmentFiles
    let facts: LogRecoveryFacts
    var state: LogState
    var report = LogRecoveryReport()
    var foundMetadata = false
    var entries: [StorageEntry] = []
    /// The epochs of batches that were read.
    var readEpochs: [LeaderEpochs.Entry] = []

    init(
        directory: String, storage: any StorageBackend, configuration: LogConfiguration, facts: LogRecoveryFacts,
        now: Timestamp
    ) {
        files = SegmentFiles(storage: storage, directory: directory)
        self.facts = facts
        state = LogState(
            storage: storage, directory: directory, configuration: configuration,
            logStartOffset: facts.logStartOffset, active: Segment(baseOffset: facts.logStartOffset, created: now),
            recent: RecentBatches(offset: facts.logStartOffset, position: 0), recoveryPoint: facts.logStartOffset,
            lastFlush: now)
    }

    mutating func load() throws(LogError) {
        guard facts.hasDirectory else {
            report.rows.insert(.nothingStored)
            return
        }
        do {
            try removeLeftovers()
            try readMetadata()
            let segments = listSegments()
            if segments.isEmpty {
                report.rows.insert(.nothingStored)
                return
            }
            try loadSegments(segments)
            if state.logEndOffset < facts.logStartOffset { try startEmpty() }
            state.logStartOffset = max(facts.logStartOffset, firstBase)
            // What was found unflushed is not flushed by having been read.
            state.recoveryPoint =
                facts.wasClean ? state.logEndOffset : min(max(facts.recoveryPoint, firstBase), state.logEndOffset)
            try loadEpochs()
            try loadProducers()
        } catch let error as LogError { throw error } catch let error as StorageError {
            throw error.code == .noSpace || error.code == .tooManyOpenFiles ? .noSpace(error) : .offline(error)
        } catch { throw .closed }
    }

    var firstBase: Offset { state.sealed.first?.baseOffset ?? state.active.baseOffset }

    // MARK: Segments

    private mutating func loadSegments(_ segments: [Segment]) throws {
        var loaded: [Segment] = []
        var rest = segments[...]
        while let segment = rest.popFirst() {
            let isLast = rest.isEmpty
            // Segments below the recovery point are trusted until someone reads them.
            let isTrusted = facts.wasClean || segment.nextOffset <= facts.recoveryPoint
            if !isLast && isTrusted {
                loaded.append(segment)
                continue
            }
            let bound = rest.first?.baseOffset
            let (result, isCut) =
                try facts.wasClean ? openLast(segment) : recover(segment, next: bound)
            loaded.append(result)
            if isCut {
                for later in rest.reversed() {
                    report.bytesCut += Int64(later.size)
                    try files.removeAll(of: later.baseOffset)
                }
                if !rest.isEmpty { try files.storage.synchronizeDirectory(files.directory) }
                break
            }
        }
        guard let last = loaded.popLast() else { return }
        state.sealed = loaded
        state.active = last
        if let damage = last.damage.last, damage.positions.upperBound == last.size { sealDamaged() }
        state.recent = RecentBatches(offset: state.active.nextOffset, position: state.active.size)
        for segment in state.sealed + [state.active] { report.damage += segment.damage }
    }

    /// The last segment after a clean stop: what its indexes do not cover is walked to find the end.
    private mutating func openLast(_ segment: Segment) throws -> (Segment, isCut: Bool) {
        let file = files.storage.file(files.path(segment.baseOffset, .log))
        guard segment.size > 0 else { return try recover(segment, next: nil) }
        guard let indexed = try files.readIndexes(of: segment) else {
            report.rows.insert(.wrongIndex)
            return try recover(segment, next: nil)
        }
        // Without an entry the segment is short, or one large batch.
        let entry = indexed.offsetIndex?.entries.last ?? OffsetIndex.Entry(relativeOffset: -1, position: 0)
        var scan = makeScan(indexed, verifying: false)
        scan.segment.size = Int(entry.position)
        scan.segment.nextOffset = segment.baseOffset
        let broken = try scan.run(file, to: segment.size)
        report.bytesRead += Int64(scan.segment.size) - Int64(entry.position)
        // Anything but a walk that meets the index where it should is for the thorough way.
        guard broken == nil, scan.segment.nextOffset > segment.baseOffset + Offset(entry.relativeOffset) else {
            return try recover(segment, next: nil)
        }
        scan.segment.offsetIndex = indexed.offsetIndex
        scan.segment.timeIndex = indexed.timeIndex
        scan.segment.indexesAreWritten = false
        scan.segment.hasStaleIndexes = true
        scan.segment.bytesSinceIndexEntry = segment.size - Int(entry.position)
        scan.segment.file = file
        scan.segment.rollTimestamp = try firstTimestamp(of: file, size: segment.size)
        readEpochs += scan.epochs.entries
        return (scan.segment, false)
    }

    private func firstTimestamp(of file: any StorageFile, size: Int) throws(StorageError) -> Timestamp? {
        var scanner = BatchScanner(file, from: 0, limit: min(size, 1 << 30), pieceSize: RecordBatchHeader.byteCount)
        guard case .batch(let header, _) = try scanner.next() else { return nil }
        return header.maxTimestamp
    }

    /// Reads a segment from its start. The result ends where its sound batches end, or where damage does.
    private mutating func recover(_ segment: Segment, next: Offset?) throws -> (Segment, isCut: Bool) {
        if !facts.wasClean { report.rows.insert(.uncleanSegment) }
        let file = files.storage.file(files.path(segment.baseOffset, .log))
        var scan = makeScan(Segment(baseOffset: segment.baseOffset, created: segment.created), verifying: true)
        scan.segment.file = file
        var isCut = false
        while let broken = try scan.run(file, to: segment.size) {
            if case .unsupportedMagic(let magic) = broken.reason, magic == 0 || magic == 1, broken.position == 0 {
                report.rows.insert(.oldFormat)
                throw LogError.unsupportedFormat(magic)
            }
            let offset = scan.segment.nextOffset
            if try offset >= facts.recoveryPoint && !isDamage(broken, offset: offset, file: file, size: segment.size) {
                report.rows.insert(.brokenTail)
                report.bytesCut += Int64(segment.size - broken.position)
                try file.truncate(to: Int64(broken.position))
                isCut = true
                break
            }
            try skipDamage(broken, in: &scan, size: segment.size, file: file, next: next)
            if scan.segment.size == segment.size { break }
        }
        report.bytesRead += Int64(scan.segment.size)
        readEpochs += scan.epochs.entries
        if segment.size > 0 { try files.removeIndexes(of: segment.baseOffset) }
        if let next, !isCut, !facts.wasClean, !state.configuration.isCompacted, scan.segment.nextOffset < next,
            scan.segment.nextOffset >= facts.recoveryPoint
        {
            // A segment begins where the one before it ended, so the end of this one is lost.
            report.rows.insert(.lostEnd)
            isCut = true
        }
        if let next, !isCut { scan.segment.seal(nextOffset: next) }
        scan.segment.aborted = nil
        return (scan.segment, isCut)
    }

    /// Whether a broken batch above the recovery point is no torn tail: sound ones were written behind it.
    private func isDamage(
        _ broken: SegmentScan.Break, offset: Offset, file: any StorageFile, size: Int
    ) throws -> Bool {
        guard facts.isAlwaysFlushed else { return false }
        return try SegmentScan.nextSoundBatch(in: file, after: broken.position, limit: size, beyond: offset) != nil
    }

    /// Notes what is lost and goes on behind it.
    private mutating func skipDamage(
        _ broken: SegmentScan.Break, in scan: inout SegmentScan, size: Int, file: any StorageFile, next: Offset?
    ) throws {
        let start = scan.segment.nextOffset
        let reason = "segment \(scan.segment.baseOffset), byte \(broken.position): \(broken.reason)"
        if let sound = try SegmentScan.nextSoundBatch(in: file, after: broken.position, limit: size, beyond: start) {
            report.rows.insert(.damage)
            scan.segment.damage.append(
                DamagedRange(
                    offsets: start..<sound.header.baseOffset, positions: broken.position..<sound.position,
                    reason: reason))
            scan.segment.size = sound.position
            scan.segment.nextOffset = sound.header.baseOffset
        } else {
            report.rows.insert(.damageToTheEnd)
            let end = max(next ?? facts.recoveryPoint, start + 1)
            scan.segment.damage.append(
                DamagedRange(offsets: start..<end, positions: broken.position..<size, reason: reason))
            scan.segment.size = size
            scan.segment.nextOffset = end
        }
    }

    /// A segment whose end is damaged takes no more records.
    private mutating func sealDamaged() {
        let end = state.active.nextOffset
        let created = state.active.created
        state.active.seal(nextOffset: end)
        state.sealed.append(state.active)
        state.active = Segment(baseOffset: end, created: created)
    }

    func makeScan(_ segment: Segment, verifying: Bool) -> SegmentScan {
        // Producers are restored afterwards, when it is known which snapshot to begin with.
        SegmentScan(
            configuration: state.configuration, verifiesChecksums: verifying, segment: segment,
            producers: ProducerStateTable(), producersFrom: .max)
    }

    private mutating func startEmpty() throws(StorageError) {
        report.rows.insert(.endsBelowStart)
        for segment in (state.sealed + [state.active]).reversed() { try files.removeAll(of: segment.baseOffset) }
        let start = facts.logStartOffset
        state.sealed = []
        state.active = Segment(baseOffset: start, created: state.active.created)
        state.recent = RecentBatches(offset: start, position: 0)
        let file = files.storage.file(files.path(start, .log))
        try file.truncate(to: 0)
        try files.storage.synchronizeDirectory(files.directory)
        state.active.file = file
        readEpochs = []
    }
}
