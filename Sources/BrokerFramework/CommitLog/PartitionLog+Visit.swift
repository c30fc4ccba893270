package import BrokerModel
internal import BrokerPluginAPI
internal import NIOCore
internal import Synchronization

extension PartitionLog {
    /// Shows the batches of sealed segments in order, their checksums checked, until `visit` answers false. May block,
    /// for long. Segments that are gone meanwhile are passed over.
    ///
    /// - Throws: also where bytes are damaged: they are never taken for the end.
    package func visitBatches(
        ofSegments bases: [Offset], _ visit: (RecordBatch) -> Bool
    ) throws(LogError) {
        for base in bases {
            guard let segment = try loadedSegment(base) else { continue }
            guard try visitBatches(of: segment, visit) else { return }
        }
    }

    private func visitBatches(of segment: Segment, _ visit: (RecordBatch) -> Bool) throws(LogError) -> Bool {
        let file = segment.file ?? storage.file(state.withLock { $0.path(segment.baseOffset, .log) })
        var scanner = BatchScanner(file, from: 0, limit: segment.size, pieceSize: 1 << 20)
        do {
            while true {
                switch try scanner.next() {
                case .end: return true
                case .broken(let reason, let position):
                    throw LogError.corrupt(
                        offset: segment.baseOffset, reason: "segment \(segment.baseOffset), byte \(position): \(reason)"
                    )
                case .batch(let header, let position):
                    let bytes = try scanner.bytes(of: header, at: position)
                    if let reason = SegmentScan.checksumProblem(header, bytes) {
                        throw LogError.corrupt(offset: header.baseOffset, reason: "\(reason)")
                    }
                    if let batch = try? RecordBatch(bytes), !visit(batch) { return false }
                }
            }
        } catch let error as LogError { throw error } catch let error as StorageError {
            throw readFailure(error, at: segment.baseOffset)
        } catch { throw .closed }
    }
}
