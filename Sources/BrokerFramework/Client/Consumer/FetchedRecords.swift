import BrokerModel
import BrokerPluginAPI
import BrokerPrimitives
import NIOCore

/// What one fetch brought for one partition, read batch by batch as it is asked for.
struct FetchedRecords: Sendable {
    /// How batches are read.
    struct Reader: Sendable {
        var codecs: [CompressionType: any CompressionCodec]
        var verifiesChecksums: Bool
        var decompressedLimit: Int
    }

    let partition: TopicPartition
    /// The offset of the next record to give out; grows past what is skipped, too.
    private(set) var position: Offset
    private var batches: RecordBatchSequence
    private var records: RecordSequence?
    private var header: RecordBatchHeader?
    /// Nil if aborted transactions are shown.
    private var aborted: AbortedTransactions?
    private var missingCodec: CompressionType?

    init(partition: TopicPartition, position: Offset, bytes: ByteBuffer, aborted: AbortedTransactions?) {
        self.partition = partition
        self.position = position
        self.aborted = aborted
        batches = RecordBatchSequence(bytes)
    }

    /// The next record, or nil once there is none.
    mutating func next(_ reader: Reader) throws(ClientError) -> ConsumerRecord? {
        do throws(RecordBatchError) {
            while true {
                if let header {
                    while let record = try records?.next() {
                        // A batch comes whole, though it was asked for from its middle.
                        guard record.offset >= position else { continue }
                        position = record.offset &+ 1
                        return ConsumerRecord(
                            record, of: partition, timestampType: header.attributes.timestampType)
                    }
                    finish(header)
                }
                guard try open(reader) else { return nil }
            }
        } catch {
            if let missingCodec {
                throw ClientError(
                    .missingCodec,
                    "\(partition) at offset \(position) is compressed by \(missingCodec.name), and the client has no codec for it"
                        + (missingCodec.isCustom
                            ? ": give the consumer the one that the topic's compression.custom names" : "")
                )
            }
            throw ClientError(
                .corruptRecords, "\(partition) at offset \(position): \(error)", server: .corruptMessage,
                underlying: error)
        }
    }

    /// After a batch comes its last offset + 1, even if its last records were cleaned away.
    private mutating func finish(_ header: RecordBatchHeader) {
        position = max(position, header.nextOffset)
        self.header = nil
        records = nil
    }

    /// Opens the next batch; false at the end. A batch that is cut off by the fetch's limit is left for the next one.
    private mutating func open(_ reader: Reader) throws(RecordBatchError) -> Bool {
        let batch: RecordBatch
        do throws(RecordBatchError) {
            guard let next = try batches.next() else { return false }
            batch = next
        } catch {
            if case .truncated = error { return false }
            throw error
        }
        header = batch.header
        guard batch.header.lastOffset >= position else { return true }
        if reader.verifiesChecksums { try batch.validateChecksum() }
        let hides = aborted?.hides(batch.header) ?? false
        if batch.header.attributes.contains(.control) {
            var control = batch.records
            if let record = try control.next(), let marker = EndTransactionMarker(record: record) {
                aborted?.ended(by: batch.header.producerID, marker)
            }
        } else if !hides {
            records = batch.records(from: try payload(of: batch, reader))
        }
        return true
    }

    private mutating func payload(of batch: RecordBatch, _ reader: Reader) throws(RecordBatchError) -> ByteBuffer {
        let type = batch.header.attributes.compression
        guard type != .none else { return batch.payload }
        guard let codec = reader.codecs[type] else {
            missingCodec = type
            throw .undecompressible("there is no codec")
        }
        var output = ByteBufferAllocator().buffer(
            capacity: min(batch.payload.readableBytes * 4, reader.decompressedLimit))
        do throws(CodecError) {
            try codec.decompress(batch.payload, limit: reader.decompressedLimit, into: &output)
        } catch { throw .undecompressible("\(error)") }
        return output
    }
}
