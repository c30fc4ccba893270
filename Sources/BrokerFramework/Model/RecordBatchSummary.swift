public import NIOCore

/// What one pass over all records of a batch tells: the facts an append depends on.
public struct RecordBatchSummary: Hashable, Sendable {
    /// The largest timestamp, and the offset delta of the first record that has it.
    public var maxTimestamp: Timestamp
    public var offsetDeltaOfMaxTimestamp: Int32
    public var minTimestamp: Timestamp
    /// The index of the first record without a key, if one has none.
    public var firstRecordWithoutKey: Int?
}

extension RecordBatch {
    /// Reads every record of an uncompressed or decompressed payload and throws at the first thing that is wrong:
    /// a record that does not parse, offset deltas that are not 0, 1, 2, …, a count that is not the number of records.
    ///
    /// Costs a few nanoseconds a record; no allocation.
    public func summarize(payload: ByteBuffer) throws(RecordBatchError) -> RecordBatchSummary {
        let result: Result<RecordBatchSummary, RecordBatchError> = payload.withUnsafeReadableBytes { raw in
            Result { () throws(RecordBatchError) in try summarize(raw) }
        }
        return try result.get()
    }

    private func summarize(_ bytes: UnsafeRawBufferPointer) throws(RecordBatchError) -> RecordBatchSummary {
        var summary = RecordBatchSummary(
            maxTimestamp: header.recordCount > 0 ? .min : -1, offsetDeltaOfMaxTimestamp: 0, minTimestamp: .max,
            firstRecordWithoutKey: nil)
        var position = 0
        guard header.recordCount >= 0 else { throw .badRecordCount(header.recordCount) }
        for index in 0..<Int(header.recordCount) {
            guard position < bytes.count else { throw .badRecordCount(header.recordCount) }
            var parser = RecordParser(index: index, position: position)
            let record = try parser.outline(bytes)
            guard Int(record.offsetDelta) == index else { throw .badRecord(index: index, reason: .offsetDelta) }
            position = parser.position
            let (timestamp, overflow) = header.baseTimestamp.addingReportingOverflow(record.timestampDelta)
            guard !overflow else { throw .badRecord(index: index, reason: .timestampDelta) }
            if timestamp > summary.maxTimestamp {
                summary.maxTimestamp = timestamp
                summary.offsetDeltaOfMaxTimestamp = record.offsetDelta
            }
            if timestamp < summary.minTimestamp { summary.minTimestamp = timestamp }
            if !record.hasKey && summary.firstRecordWithoutKey == nil { summary.firstRecordWithoutKey = index }
        }
        guard position == bytes.count else { throw .trailingBytes(bytes.count - position) }
        return summary
    }
}
