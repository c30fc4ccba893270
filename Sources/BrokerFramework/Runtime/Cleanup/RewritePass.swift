package import BrokerCommitLog
package import BrokerModel
package import BrokerPluginAPI
package import NIOCore

/// What a record filter leaves of batches, as batches: offsets, sequences and epochs stay what they were.
///
/// First it is shown all batches of a pass, then it is asked for what is left of each. What cannot be read is left as it
/// is, and so is everything where the filter fails: not understanding is no reason to delete. Source: what Kafka's
/// cleaner keeps of a batch.
package struct RewritePass {
    private var filter: any RecordFilter
    private let use: PluginUse?
    private let codecs: TopicCodecs
    private let level: (CompressionType) -> Int?
    /// By producer.
    private let aborted: [ProducerID: [ClosedRange<Offset>]]
    /// Of each producer, so that an emptied batch can stay to say how far it was.
    private var lastOffsets: [ProducerID: Offset] = [:]
    private var isFull = false

    /// The offset after what the filter has taken note of; from there on everything stays.
    package private(set) var end: Offset = 0

    /// - Parameters:
    ///   - use: what the filter's calls are counted for, a batch at a time.
    ///   - aborted: the transactions in the pass that were aborted: their records go.
    ///   - level: the level to compress with, where a batch is compressed anew.
    package init(
        _ filter: any RecordFilter, use: PluginUse? = nil, aborted: [AbortedTransaction], codecs: TopicCodecs,
        level: @escaping (CompressionType) -> Int?
    ) {
        self.filter = filter
        self.use = use
        self.codecs = codecs
        self.level = level
        self.aborted = aborted.reduce(into: [:]) { ranges, transaction in
            guard transaction.firstOffset <= transaction.lastOffset else { return }
            ranges[transaction.producerID, default: []].append(transaction.firstOffset...transaction.lastOffset)
        }
    }

    /// Takes note of a batch; answers whether there is room for more.
    package mutating func observe(_ batch: RecordBatch) -> Bool {
        let header = batch.header
        if !isFull, !isAborted(header), !header.attributes.contains(.control), var records = records(of: batch) {
            let hasEnded = contained { pass in
                while let record = try? records.next() {
                    guard pass.filter.observe(record) else {
                        pass.isFull = true
                        pass.end = record.offset
                        break
                    }
                }
            }
            if !hasEnded {
                isFull = true
                end = header.baseOffset
            }
        }
        if header.producerID >= 0 { lastOffsets[header.producerID] = header.lastOffset }
        if !isFull { end = header.lastOffset + 1 }
        return !isFull
    }

    /// What is left of a batch; nil if nothing is.
    package mutating func left(of batch: RecordBatch) -> ByteBuffer? {
        let header = batch.header
        guard header.baseOffset < end, !header.attributes.contains(.control) else { return batch.buffer }
        if isAborted(header) { return emptied(header) }
        guard var records = records(of: batch) else { return batch.buffer }
        var kept: [Record] = []
        var count = 0
        let hasEnded = contained { pass in
            while let record = try? records.next() {
                count += 1
                if record.offset >= pass.end || pass.filter.keeps(record) { kept.append(record) }
            }
        }
        guard hasEnded, count == Int(header.recordCount), kept.count < count else { return batch.buffer }
        return kept.isEmpty ? emptied(header) : rebuilt(header, kept) ?? batch.buffer
    }

    /// Lets the filter work; answers false if it may not.
    private mutating func contained(_ body: (inout RewritePass) -> Void) -> Bool {
        guard let use else {
            body(&self)
            return true
        }
        if case .answer = use.call({ () throws(Never) in body(&self) }) { return true }
        return false
    }

    private func isAborted(_ header: RecordBatchHeader) -> Bool {
        header.attributes.contains(.transactional)
            && aborted[header.producerID]?.contains { $0.contains(header.baseOffset) } == true
    }

    private func records(of batch: RecordBatch) -> RecordSequence? {
        let compression = batch.header.attributes.compression
        if compression == .none { return batch.records }
        var payload = ByteBuffer()
        do throws(CodecError) {
            guard let codec = codecs[compression] else { return nil }
            try codec.decompress(
                batch.payload, limit: BatchAdmission.decompressedByteCountLimit, into: &payload)
        } catch { return nil }
        return batch.records(from: payload)
    }

    /// The last batch of a producer stays, without records: it says which sequence comes next.
    private func emptied(_ header: RecordBatchHeader) -> ByteBuffer? {
        guard header.producerID >= 0, lastOffsets[header.producerID] == header.lastOffset else { return nil }
        var header = header
        header.recordCount = 0
        header.baseTimestamp = -1
        header.attributes = header.attributes.with(compression: .none).subtracting(.deleteHorizon)
        return RecordBatchBuilder.assemble(header: header, payload: ByteBuffer())
    }

    private func rebuilt(_ old: RecordBatchHeader, _ kept: [Record]) -> ByteBuffer? {
        var builder = RecordBatchBuilder(baseOffset: old.baseOffset)
        for record in kept { builder.append(record) }
        var payload = builder.payload
        guard let first = kept.first else { return nil }
        var header = old
        header.recordCount = Int32(kept.count)
        header.baseTimestamp = first.timestamp
        header.maxTimestamp = kept.reduce(first.timestamp) { max($0, $1.timestamp) }
        header.attributes.subtract(.deleteHorizon)
        let compression = old.attributes.compression
        if compression != .none {
            var compressed = ByteBuffer()
            do throws(CodecError) {
                guard let codec = codecs[compression] else { return nil }
                try codec.compress(payload, level: level(compression), into: &compressed)
            } catch { return nil }
            payload = compressed
        }
        return RecordBatchBuilder.assemble(header: header, payload: payload)
    }
}
