import BrokerModel
import NIOCore

/// Reads the bytes as a batch in every way there is. What the summary accepts, the walk over the records accepts too,
/// and with as many records; what both accept is the same after building it anew.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = ByteBuffer(bytes: UnsafeRawBufferPointer(start: data, count: count))
    var batches = RecordBatchSequence(bytes)
    while let batch = try? batches.next() {
        try? batch.validateChecksum()
        guard (try? batch.summarize(payload: batch.payload)) != nil else {
            var records = batch.records
            while (try? records.next()) != nil {}
            continue
        }
        var records = batch.records
        guard let all = try? records.collect() else { fatalError("the walk refuses what the summary accepts") }
        precondition(all.count == Int(batch.header.recordCount), "another number of records")
        check(all, of: batch)
    }
    return 0
}

private func check(_ records: [Record], of batch: RecordBatch) {
    guard !batch.header.attributes.contains(.logAppendTime) else { return }
    var builder = RecordBatchBuilder(baseOffset: batch.header.baseOffset)
    for record in records { builder.append(record) }
    guard let rebuilt = try? RecordBatch(builder.build()) else { fatalError("what was built does not parse") }
    var again = rebuilt.records
    guard let all = try? again.collect() else { fatalError("the records that were built do not parse") }
    precondition(all == records, "other records than were built")
}
