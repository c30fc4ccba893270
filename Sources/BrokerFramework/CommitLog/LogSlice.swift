package import BrokerModel
package import BrokerPluginAPI
package import NIOCore

/// A part of a log as a reader gets it: begins with the batch that holds the wanted offset, and may end within one.
package struct LogSlice: Sendable {
    /// Of the segment the bytes lie in.
    package let segmentBaseOffset: Offset
    /// Where the bytes begin in the segment.
    package let position: Int
    package let byteCount: Int
    private let file: (any StorageFile)?
    private let lease: SegmentLease?

    init(
        segmentBaseOffset: Offset, position: Int, byteCount: Int, file: (any StorageFile)?, lease: SegmentLease? = nil
    ) {
        self.segmentBaseOffset = segmentBaseOffset
        self.position = position
        self.byteCount = file == nil ? 0 : byteCount
        self.file = file
        self.lease = lease
    }

    package var isEmpty: Bool { byteCount == 0 }

    /// The bytes, to be sent straight from the file; nil if the storage cannot do that: then use `read()`.
    ///
    /// - Throws: `.notFound` if the segment was deleted or rewritten since; the log is to be read anew.
    package func region() throws(StorageError) -> StorageRegion? {
        guard let file, byteCount > 0 else { return nil }
        let region = try file.region(at: Int64(position), count: byteCount)
        try checkLease()
        return region
    }

    /// The bytes, read into memory. May block if they are not cached. Throws as `region()` does.
    package func read() throws(StorageError) -> ByteBuffer {
        guard let file, byteCount > 0 else { return ByteBuffer() }
        let bytes = try file.read(at: Int64(position), count: byteCount)
        try checkLease()
        return bytes
    }

    /// The file is opened by its name, which may have gone to another one before the lease ended.
    private func checkLease() throws(StorageError) {
        if let lease, lease.isReplaced {
            throw StorageError(.notFound, "segment \(segmentBaseOffset) was rewritten meanwhile")
        }
    }

    /// The batches that lie wholly in the slice, their checksums checked.
    package func batches() throws(LogError) -> [RecordBatch] {
        let bytes: ByteBuffer
        do { bytes = try read() } catch { throw .offline(error) }
        var sequence = RecordBatchSequence(bytes)
        var all: [RecordBatch] = []
        do {
            while let batch = try sequence.next() {
                try batch.validateChecksum()
                all.append(batch)
            }
        } catch {
            if case .truncated = error { return all }
            throw .corrupt(
                offset: all.last?.header.nextOffset ?? segmentBaseOffset,
                reason: "segment \(segmentBaseOffset): \(error)")
        }
        return all
    }
}
