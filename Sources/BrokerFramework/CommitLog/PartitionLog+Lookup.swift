package import BrokerModel
internal import BrokerPluginAPI
package import NIOCore
internal import Synchronization

/// An offset found by its timestamp.
package struct TimestampedOffset: Hashable, Sendable {
    package var offset: Offset
    package var timestamp: Timestamp
    /// −1 if unknown.
    package var leaderEpoch: LeaderEpoch

    package init(offset: Offset, timestamp: Timestamp, leaderEpoch: LeaderEpoch) {
        self.offset = offset
        self.timestamp = timestamp
        self.leaderEpoch = leaderEpoch
    }
}

extension PartitionLog {
    /// The records of a compressed batch, decompressed; nil if that fails.
    package typealias Decompression = (RecordBatch) -> ByteBuffer?

    /// The aborted transactions that a reader of `range` must leave out. May block if a segment's index is not in
    /// memory.
    package func abortedTransactions(in range: Range<Offset>) throws(LogError) -> [AbortedTransaction] {
        var found: [AbortedTransaction] = []
        var offset = range.lowerBound
        while true {
            let step = try state.withLock { state throws(LogError) -> (Segment, isLast: Bool)? in
                try state.checkUsable()
                let index = state.segmentIndex(for: offset)
                let segment = state.segment(at: index)
                return (segment, index == state.sealed.count)
            }
            guard let (segment, isLast) = step else { return found }
            guard let aborted = segment.aborted else {
                try loadIndexes(of: segment.baseOffset)
                continue
            }
            for transaction in aborted where transaction.lastOffset >= range.lowerBound {
                if transaction.firstOffset < range.upperBound { found.append(transaction) }
                // Whatever is aborted later begins above the range.
                if transaction.lastStableOffset >= range.upperBound { return found }
            }
            if isLast { return found }
            offset = segment.nextOffset
        }
    }

    /// The first record of at least `timestamp`, by offset; nil if there is none. May block.
    package func offset(
        atOrAfter timestamp: Timestamp, decompressing: Decompression
    ) throws(LogError) -> TimestampedOffset? {
        let start = logStartOffset
        for base in segmentBases() {
            guard let segment = try loadedSegment(base) else { continue }
            guard segment.largestTimestamp ?? -1 >= timestamp, segment.nextOffset > start else { continue }
            let relative = Offset(segment.timeIndex?.relativeOffset(for: timestamp) ?? 0)
            let from = segment.offsetIndex?.position(for: max(relative, segment.relative(start))) ?? 0
            let found = try scan(segment, from: from) { batch in
                guard batch.header.maxTimestamp >= timestamp, batch.header.lastOffset >= start else { return nil }
                return Self.first(in: batch, from: start, decompressing) { $0 >= timestamp }
            }
            if let found { return found }
        }
        return nil
    }

    /// The record with the largest timestamp of all, the first if there are several; nil without records. May block.
    package func offsetOfMaxTimestamp(decompressing: Decompression) throws(LogError) -> TimestampedOffset? {
        var best: Segment?
        for base in segmentBases() {
            guard let segment = try loadedSegment(base), segment.largestTimestamp ?? -1 >= 0 else { continue }
            if segment.largestTimestamp ?? -1 > best?.largestTimestamp ?? -1 { best = segment }
        }
        guard let best, let largest = best.largestTimestamp else { return nil }
        let from = best.offsetIndex?.position(for: best.relative(best.offsetOfLargestTimestamp)) ?? 0
        return try scan(best, from: from) { batch in
            batch.header.maxTimestamp == largest
                ? Self.first(in: batch, from: 0, decompressing) { $0 == largest } : nil
        }
    }

    private func segmentBases() -> [Offset] {
        state.withLock { state in state.sealed.map(\.baseOffset) + [state.active.baseOffset] }
    }

    /// The segment with its indexes; nil if it is gone.
    func loadedSegment(_ baseOffset: Offset) throws(LogError) -> Segment? {
        for _ in 0..<2 {
            let segment = try state.withLock { state throws(LogError) -> Segment? in
                try state.checkUsable()
                if state.active.baseOffset == baseOffset { return state.active }
                return state.sealed.first { $0.baseOffset == baseOffset }
            }
            guard let segment else { return nil }
            if segment.timeIndex != nil && segment.offsetIndex != nil { return segment }
            try loadIndexes(of: baseOffset)
        }
        return nil
    }

    private func scan(
        _ segment: Segment, from position: Int, _ visit: (RecordBatch) -> TimestampedOffset?
    ) throws(LogError) -> TimestampedOffset? {
        guard segment.size > 0 else { return nil }
        let file = segment.file ?? storage.file(state.withLock { $0.path(segment.baseOffset, .log) })
        var scanner = BatchScanner(file, from: position, limit: segment.size)
        do {
            while true {
                switch try scanner.next() {
                case .end: return nil
                case .batch(let header, let position):
                    let bytes = try scanner.bytes(of: header, at: position)
                    if let batch = try? RecordBatch(bytes), let found = visit(batch) { return found }
                case .broken(let reason, let position):
                    if let known = segment.damage.first(where: { $0.positions.contains(position) }) {
                        scanner.move(to: known.positions.upperBound)
                        continue
                    }
                    throw LogError.corrupt(
                        offset: segment.baseOffset, reason: "segment \(segment.baseOffset), byte \(position): \(reason)"
                    )
                }
            }
        } catch let error as LogError { throw error } catch let error as StorageError {
            throw readFailure(error, at: segment.baseOffset)
        } catch { throw .closed }
    }

    private static func first(
        in batch: RecordBatch, from start: Offset, _ decompressing: Decompression, _ matches: (Timestamp) -> Bool
    ) -> TimestampedOffset? {
        let header = batch.header
        let isPlain = header.attributes.compression == .none
        if header.attributes.contains(.logAppendTime) {
            // All its records have the batch's time.
            return TimestampedOffset(
                offset: max(header.baseOffset, start), timestamp: header.maxTimestamp,
                leaderEpoch: header.partitionLeaderEpoch)
        }
        guard let payload = isPlain ? batch.payload : decompressing(batch) else { return nil }
        var records = batch.records(from: payload)
        while let record = try? records.next() {
            if record.offset >= start && matches(record.timestamp) {
                return TimestampedOffset(
                    offset: record.offset, timestamp: record.timestamp, leaderEpoch: header.partitionLeaderEpoch)
            }
        }
        return nil
    }
}
