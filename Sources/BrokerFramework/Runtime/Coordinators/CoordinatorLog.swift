import BrokerCommitLog
import BrokerCoordinators
import BrokerMetadata
import BrokerModel
import BrokerPrimitives
import BrokerWire
import NIOCore

/// The partition in which a coordinator keeps what it knows, as records of one kind.
struct CoordinatorLog<Record: WireCoordinatorRecord>: Sendable {
    let partition: Partition

    /// Appends records; answers the offset after them, and whether they must be flushed before they count.
    ///
    /// More than one batch may hold goes into several. Each is written whole or not at all.
    func append(
        _ records: [Record], version: (Record) -> Int16, now: Timestamp
    ) throws(PartitionError) -> (end: Offset, mustFlush: Bool) {
        let limit = partition.settings.config.maxMessageBytes
        var builder = RecordBatchBuilder()
        var appended: (end: Offset, mustFlush: Bool) = (0, false)
        for record in records {
            let key: ByteBuffer
            let value: ByteBuffer?
            do throws(WireError) {
                key = try record.encodedKey()
                value = try record.encodedValue(version: version(record))
            } catch { throw PartitionError(.unknownServerError, "\(error)") }
            let byteCount = key.readableBytes + (value?.readableBytes ?? 0) + Self.recordOverhead
            if !builder.isEmpty, builder.byteCount + byteCount > limit {
                appended = try append(builder)
                builder = RecordBatchBuilder()
            }
            builder.append(timestamp: now, key: key, value: value)
        }
        return builder.isEmpty ? appended : try append(builder)
    }

    private func append(_ builder: RecordBatchBuilder) throws(PartitionError) -> (end: Offset, mustFlush: Bool) {
        let appended = try partition.append(ofCoordinator: builder.build())
        return (appended.nextOffset, appended.mustFlush)
    }

    /// The most that a record takes beside its key and value.
    private static var recordOverhead: Int { 40 }

    /// Calls `body` with every record that counts, in order; answers how many could not be read. May block.
    ///
    /// Records of a transaction count when it is committed, and in the place of its marker.
    func replay(_ body: (Record) -> Void) throws -> (count: Int, unreadable: Int) {
        var (count, unreadable) = (0, 0)
        var open: [ProducerID: [Record]] = [:]
        var offset = partition.log.logStartOffset
        let end = partition.log.logEndOffset
        while offset < end {
            let batches = try partition.log.read(from: offset, maxBytes: 4 << 20, upperBound: end).batches()
            guard let last = batches.last, last.header.nextOffset > offset else { break }
            for batch in batches where batch.header.nextOffset > offset {
                if batch.header.attributes.contains(.control) {
                    var records = batch.records
                    let marker = try records.next().flatMap(EndTransactionMarker.init(record:))
                    let decided = open.removeValue(forKey: batch.header.producerID) ?? []
                    if marker?.commits == true { for record in decided { body(record) } }
                    continue
                }
                let read = try self.records(of: batch)
                count += read.records.count
                unreadable += read.unreadable
                if batch.header.attributes.contains(.transactional) {
                    open[batch.header.producerID, default: []] += read.records
                } else {
                    for record in read.records { body(record) }
                }
            }
            offset = last.header.nextOffset
        }
        return (count, unreadable)
    }

    private func records(of batch: RecordBatch) throws -> (records: [Record], unreadable: Int) {
        guard let payload = partition.decompressed(batch) else {
            throw LogError.corrupt(offset: batch.header.baseOffset, reason: "the batch does not decompress")
        }
        var sequence = batch.records(from: payload)
        var records: [Record] = []
        var unreadable = 0
        while let record = try sequence.next() {
            // What a newer broker wrote, or nobody: the rest still counts.
            guard let key = record.key, let read = try? Record(key: key, value: record.value) else {
                unreadable += 1
                continue
            }
            records.append(read)
        }
        return (records, unreadable)
    }
}
