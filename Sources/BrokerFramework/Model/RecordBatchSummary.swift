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
        try payload.withUnsafeReadableBytes { raw throws(RecordBatchError) in try summarize(raw) }
    }

    private func summarize(_ bytes: UnsafeRawBufferPointer) throws(RecordBatchError) -> RecordBatchSummary {
        let count = header.recordCount
        let baseTimestamp = header.baseTimestamp
        guard count >= 0 else { throw .badRecordCount(count) }
        var maxTimestamp: Timestamp = count > 0 ? .min : -1
        var minTimestamp: Timestamp = .max
        var offsetDeltaOfMaxTimestamp: Int32 = 0
        var firstRecordWithoutKey = -1
        var position = 0
        var index: Int32 = 0
        while index < count {
            guard position < bytes.count else { throw .badRecordCount(count) }
            var parser = try RecordParser(bytes, index: Int(index), position: position)
            let (timestamp, overflow) = baseTimestamp.addingReportingOverflow(try parser.timestampDelta())
            guard !overflow else { throw .badRecord(index: Int(index), reason: .timestampDelta) }
            guard try parser.offsetDelta() == index else { throw .badRecord(index: Int(index), reason: .offsetDelta) }
            let hasKey = try parser.field(.key) != nil
            _ = try parser.field(.value)
            var headers = try parser.headerCount()
            while headers > 0 {
                _ = try parser.headerKey()
                _ = try parser.field(.header)
                headers &-= 1
            }
            try parser.finish()
            position = parser.end
            if timestamp > maxTimestamp {
                maxTimestamp = timestamp
                offsetDeltaOfMaxTimestamp = index
            }
            minTimestamp = min(minTimestamp, timestamp)
            if !hasKey && firstRecordWithoutKey < 0 { firstRecordWithoutKey = Int(index) }
            index &+= 1
        }
        guard position == bytes.count else { throw .trailingBytes(bytes.count - position) }
        return RecordBatchSummary(
            maxTimestamp: maxTimestamp, offsetDeltaOfMaxTimestamp: offsetDeltaOfMaxTimestamp,
            minTimestamp: minTimestamp, firstRecordWithoutKey: firstRecordWithoutKey < 0 ? nil : firstRecordWithoutKey)
    }
}
