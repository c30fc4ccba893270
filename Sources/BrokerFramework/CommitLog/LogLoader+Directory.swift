internal import BrokerModel
internal import BrokerPluginAPI
internal import NIOCore

/// Rows B to E and P: bringing the directory in order before any log is read.
extension LogLoader {
    mutating func removeLeftovers() throws(StorageError) {
        entries = try files.storage.list(files.directory)
        var smallestCleaned: Offset?
        var swaps: [(baseOffset: Offset, kind: LogFileName.Kind, name: String)] = []
        for entry in entries where !entry.isDirectory {
            let parsed = LogFileName.parse(entry.name)
            if parsed?.stage == .swap, let parsed { swaps.append((parsed.baseOffset, parsed.kind, entry.name)) }
            if parsed?.stage == .cleaned, let base = parsed?.baseOffset {
                smallestCleaned = min(smallestCleaned ?? base, base)
            }
            let isLeftover = parsed?.stage == .deleted || parsed?.stage == .cleaned
            if isLeftover || entry.name.hasSuffix(".deleted") || entry.name.hasSuffix(".tmp") {
                try remove(entry.name, row: .leftovers)
            }
        }
        if let smallestCleaned {
            for swap in swaps where swap.baseOffset >= smallestCleaned { try remove(swap.name, row: .unfinishedSwap) }
            swaps.removeAll { $0.baseOffset >= smallestCleaned }
        }
        if !swaps.isEmpty { try complete(swaps) }
        let logs = Set(entries.compactMap { LogFileName.parse($0.name) }.filter { $0.kind == .log }.map(\.baseOffset))
        for entry in entries {
            guard let parsed = LogFileName.parse(entry.name), parsed.kind != .log, parsed.kind != .snapshot,
                !logs.contains(parsed.baseOffset)
            else { continue }
            try remove(entry.name, row: .orphanIndex)
        }
    }

    /// Puts finished replacements in the place of what they replace.
    private mutating func complete(
        _ swaps: [(baseOffset: Offset, kind: LogFileName.Kind, name: String)]
    ) throws(StorageError) {
        for swap in swaps where swap.kind == .log {
            guard let size = entries.first(where: { $0.name == swap.name })?.size else { continue }
            var scan = SegmentScan(
                configuration: state.configuration, verifiesChecksums: false,
                segment: Segment(baseOffset: swap.baseOffset, created: 0), producers: ProducerStateTable(),
                producersFrom: .max)
            _ = try scan.run(files.storage.file(files.directory + "/" + swap.name), to: Int(size))
            let covered = swap.baseOffset..<max(scan.segment.nextOffset, swap.baseOffset + 1)
            for entry in entries {
                guard let parsed = LogFileName.parse(entry.name), parsed.stage == nil, parsed.kind != .snapshot,
                    covered.contains(parsed.baseOffset)
                else { continue }
                try remove(entry.name, row: .finishedSwap)
            }
        }
        // The log last: as long as it is a swap file, this is done again after a crash.
        for swap in swaps.sorted(by: { $0.kind != .log && $1.kind == .log }) {
            let name = LogFileName.segment(swap.baseOffset, swap.kind)
            try files.storage.rename(files.directory + "/" + swap.name, to: files.directory + "/" + name)
            report.rows.insert(.finishedSwap)
        }
        try files.storage.synchronizeDirectory(files.directory)
        entries = try files.storage.list(files.directory)
    }

    private mutating func remove(_ name: String, row: LogRecoveryRow) throws(StorageError) {
        try files.storage.remove(files.directory + "/" + name)
        entries.removeAll { $0.name == name }
        report.rows.insert(row)
    }

    mutating func readMetadata() throws(StorageError) {
        foundMetadata = entries.contains { $0.name == LogFileName.partitionMetadata }
        guard foundMetadata else {
            report.storedTopicIDIsMissing = true
            return
        }
        let bytes = try files.storage.readWhole(files.directory + "/" + LogFileName.partitionMetadata, limit: 1 << 16)
        state.topicID = bytes.flatMap(PartitionMetadata.decode)
        if state.topicID == nil {
            report.rows.insert(.badMetadata)
            report.storedTopicIDIsMissing = true
            foundMetadata = false
        }
    }

    /// The segments on disk, ascending, as far as their names and sizes tell.
    mutating func listSegments() -> [Segment] {
        var segments: [Segment] = []
        for entry in entries where !entry.isDirectory {
            guard let parsed = LogFileName.parse(entry.name), parsed.stage == nil else { continue }
            if parsed.kind == .snapshot { state.snapshots.append(parsed.baseOffset) }
            guard parsed.kind == .log else { continue }
            var segment = Segment(baseOffset: parsed.baseOffset, created: entry.modified)
            segment.size = Int(entry.size)
            segment.offsetIndex = nil
            segment.timeIndex = nil
            segment.aborted = nil
            segment.largestTimestamp = nil
            segment.indexesAreWritten = true
            segments.append(segment)
        }
        segments.sort { $0.baseOffset < $1.baseOffset }
        for index in segments.indices.dropLast() { segments[index].nextOffset = segments[index + 1].baseOffset }
        return segments
    }
}
