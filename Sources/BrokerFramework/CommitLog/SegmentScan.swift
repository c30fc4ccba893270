internal import BrokerModel
internal import BrokerPluginAPI
internal import BrokerPrimitives
internal import NIOCore

/// Reads a segment's batches one after the other and rebuilds what follows from them: indexes, timestamps, leader
/// epochs, producers, aborted transactions.
struct SegmentScan {
    /// Where a scan stopped before the end.
    struct Break {
        var position: Int
        var reason: RecordBatchError
    }

    let configuration: LogConfiguration
    let verifiesChecksums: Bool
    var segment: Segment
    var epochs = LeaderEpochs()
    var producers: ProducerStateTable
    /// Batches that begin below are already part of `producers`.
    var producersFrom: Offset

    /// Reads from `segment.size` up to `limit`, advancing the segment; stops at the first thing that is no sound
    /// batch of an offset beyond those before it.
    mutating func run(_ file: any StorageFile, to limit: Int) throws(StorageError) -> Break? {
        var scanner = BatchScanner(
            file, from: segment.size, limit: limit, pieceSize: verifiesChecksums ? 1 << 20 : 1 << 14)
        while true {
            switch try scanner.next() {
            case .end: return nil
            case .broken(let reason, let position): return Break(position: position, reason: reason)
            case .batch(let header, let position):
                if header.baseOffset < segment.nextOffset || segment.relative(header.lastOffset) > Offset(Int32.max) {
                    return Break(position: position, reason: .badLastOffsetDelta(header.lastOffsetDelta))
                }
                let needsMarker = header.hasProducerID && header.attributes.contains(.control)
                var bytes = ByteBuffer()
                if verifiesChecksums || needsMarker { bytes = try scanner.bytes(of: header, at: position) }
                if verifiesChecksums, let reason = Self.checksumProblem(header, bytes) {
                    return Break(position: position, reason: reason)
                }
                accept(header, bytes)
            }
        }
    }

    /// Reads all of a segment, stepping over what is known to be damaged; what else is broken ends it.
    mutating func runPastDamage(_ file: any StorageFile, of known: Segment) throws(StorageError) {
        while let broken = try run(file, to: known.size) {
            guard let damage = known.damage.first(where: { $0.positions.contains(broken.position) }) else { return }
            segment.size = damage.positions.upperBound
            segment.nextOffset = damage.offsets.upperBound
        }
    }

    private mutating func accept(_ header: RecordBatchHeader, _ bytes: ByteBuffer) {
        segment.appended(header, configuration: configuration)
        if header.partitionLeaderEpoch >= 0 {
            epochs.assign(header.partitionLeaderEpoch, startOffset: header.baseOffset)
        }
        guard header.hasProducerID, header.baseOffset >= producersFrom else { return }
        var append = ProducerAppend()
        // Unchecked, so neither throws.
        if header.attributes.contains(.control) {
            guard let marker = EndTransactionMarker(batch: bytes) else { return }
            try? append.add(marker, header: header, strictness: .none, in: producers)
        } else {
            try? append.add(header, timestamp: header.maxTimestamp, strictness: .none, in: producers)
        }
        let aborted = append.commit(to: &producers)
        if !aborted.isEmpty { segment.aborted?.append(contentsOf: aborted) }
    }

    static func checksumProblem(_ header: RecordBatchHeader, _ bytes: ByteBuffer) -> RecordBatchError? {
        guard bytes.readableBytes == header.totalByteCount else {
            return .truncated(needed: header.totalByteCount, available: bytes.readableBytes)
        }
        let computed = bytes.withUnsafeReadableBytes { raw in
            CRC32C.checksum(UnsafeRawBufferPointer(rebasing: raw[RecordBatchHeader.Position.attributes...]))
        }
        return computed == header.checksum ? nil : .checksumMismatch(stored: header.checksum, computed: computed)
    }

    /// The position after `position` of the next batch that is sound and lies beyond `offset`; nil if there is none
    /// up to `limit`.
    static func nextSoundBatch(
        in file: any StorageFile, after position: Int, limit: Int, beyond offset: Offset
    ) throws(StorageError) -> (position: Int, header: RecordBatchHeader)? {
        let pieceSize = 1 << 20
        var start = position + 1
        while start + RecordBatchHeader.byteCount <= limit {
            let piece = try file.read(
                at: Int64(start), count: min(pieceSize + RecordBatchHeader.byteCount, limit - start))
            let candidates: [Int] = piece.withUnsafeReadableBytes { raw in
                guard raw.count >= RecordBatchHeader.byteCount else { return [] }
                return (0...raw.count - RecordBatchHeader.byteCount).filter { index in
                    guard raw[index + RecordBatchHeader.Position.magic] == UInt8(RecordBatchHeader.magic) else {
                        return false
                    }
                    let length: Int32 = raw.bigEndian(at: index + RecordBatchHeader.Position.batchLength)
                    let base: Int64 = raw.bigEndian(at: index + RecordBatchHeader.Position.baseOffset)
                    return length >= 49 && base >= offset && base - offset <= Int64(Int32.max)
                        && start + index + Int(length) + RecordBatchHeader.overhead <= limit
                }
            }
            for candidate in candidates {
                var scanner = BatchScanner(file, from: start + candidate, limit: limit)
                guard case .batch(let header, let position) = try scanner.next() else { continue }
                if checksumProblem(header, try scanner.bytes(of: header, at: position)) == nil {
                    return (position, header)
                }
            }
            start += max(piece.readableBytes - RecordBatchHeader.byteCount + 1, 1)
        }
        return nil
    }
}
