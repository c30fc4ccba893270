package import BrokerMetadata
package import BrokerModel
internal import BrokerPluginAPI
package import BrokerPrimitives
package import NIOCore

/// Decides whether what a producer sent for a partition may be appended, and in which form.
///
/// Everything is checked before the partition is touched: the batch's frame, checksum and records, its timestamps,
/// its keys on a compacted topic. A batch is stored as it came unless the topic asks for another codec or the
/// batch's header does not tell the truth about its timestamps. Source: Kafka's LogValidator, as facts.
package struct BatchAdmission: Sendable {
    /// What was admitted.
    package struct Admitted: Sendable {
        package var bytes: ByteBuffer
        package var header: RecordBatchHeader
    }

    /// Why something was refused: the code, a sentence, and what is wrong with which records.
    package struct Refusal: Error, Hashable, Sendable {
        package var code: ErrorCode
        package var message: String
        package var records: [RecordProblem] = []

        package init(_ code: ErrorCode, _ message: String, records: [RecordProblem] = []) {
            self.code = code
            self.message = message
            self.records = records
        }
    }

    /// What is wrong with one record of a batch.
    package struct RecordProblem: Hashable, Sendable {
        package var index: Int
        package var message: String
    }

    /// The most that one batch may decompress to. Kafka has no such limit, and so no defence.
    package static let decompressedByteCountLimit = 128 << 20

    private let codecs: TopicCodecs

    package init(codecs: TopicCodecs) { self.codecs = codecs }

    /// Judges `bytes`, which a Produce request of `version` has for a partition of a topic configured as `config`.
    ///
    /// - Parameters:
    ///   - now: wall clock.
    ///   - intercept: answers the records to take in place of those it is given; nil to take them as they are.
    package func admit(
        _ bytes: ByteBuffer?, version: Int16, isTransactional: Bool, config: TopicConfig, now: Timestamp,
        intercept: ((RecordSequence) throws(Refusal) -> [Record]?)? = nil
    ) throws(Refusal) -> Admitted {
        guard let bytes, bytes.readableBytes > 0 else { throw Refusal(.invalidRecord, "there are no records") }
        var batch = try batch(in: bytes)
        try checkHeader(batch, version: version, isTransactional: isTransactional, config: config)
        do { try batch.validateChecksum() } catch { throw Refusal(.corruptMessage, error.description) }

        var compression = batch.header.attributes.compression
        let target = config.compression ?? codecs.customTarget ?? compression
        var payload = try payload(of: batch, compression: compression)
        var summary = try summarize(batch, payload)
        if let intercept, let records = try intercept(batch.records(from: payload)) {
            batch = try rebuilt(batch, of: records)
            (compression, payload) = (.none, batch.payload)
            summary = try summarize(batch, payload)
        }
        if config.isCompacted, summary.firstRecordWithoutKey != nil {
            throw Refusal(
                .invalidRecord, "The topic is compacted, so every record must have a key.",
                records: problems(batch, payload, "a compacted topic's records must have a key") { $0.key == nil })
        }
        if config.timestampType == .createTime {
            try checkTimestamps(summary, batch, payload, config: config, now: now)
        }
        let admitted = try admitted(
            batch, payload: payload, compression: compression, target: target, summary: summary, config: config)
        // Interceptors and another codec may have added to it; Kafka looks again, too.
        try checkSize(admitted.header, config)
        return admitted
    }

    private func summarize(_ batch: RecordBatch, _ payload: ByteBuffer) throws(Refusal) -> RecordBatchSummary {
        do { return try batch.summarize(payload: payload) } catch {
            throw Refusal(.invalidRecord, error.description)
        }
    }

    /// The batch with other records in it, uncompressed.
    private func rebuilt(_ batch: RecordBatch, of records: [Record]) throws(Refusal) -> RecordBatch {
        var builder = RecordBatchBuilder(baseOffset: batch.header.baseOffset)
        for record in records { builder.append(record) }
        var header = batch.header
        header.attributes = header.attributes.with(compression: .none)
        header.baseTimestamp = records.first?.timestamp ?? header.baseTimestamp
        header.maxTimestamp = records.reduce(header.baseTimestamp) { max($0, $1.timestamp) }
        let payload = builder.payload
        header.batchLength = Int32(
            truncatingIfNeeded: RecordBatchHeader.byteCount - RecordBatchHeader.overhead + payload.readableBytes)
        return try self.batch(in: RecordBatchBuilder.assemble(header: header, payload: payload))
    }

    private func batch(in bytes: ByteBuffer) throws(Refusal) -> RecordBatch {
        let batch: RecordBatch
        do { batch = try RecordBatch(bytes) } catch { throw Refusal(.invalidRecord, error.description) }
        guard batch.buffer.readableBytes == bytes.readableBytes else {
            throw Refusal(.invalidRecord, "a produce request must hold exactly one batch for a partition")
        }
        return batch
    }

    private func checkHeader(
        _ batch: RecordBatch, version: Int16, isTransactional: Bool, config: TopicConfig
    ) throws(Refusal) {
        let header = batch.header
        try checkSize(header, config)
        guard header.baseOffset == 0 else {
            throw Refusal(.invalidRecord, "the batch's base offset is \(header.baseOffset), not 0")
        }
        guard header.recordCount > 0, header.lastOffsetDelta >= 0,
            Int64(header.recordCount) == Int64(header.lastOffsetDelta) + 1
        else {
            let mismatch = RecordBatchError.countDoesNotMatchOffsets(
                count: header.recordCount, lastOffsetDelta: header.lastOffsetDelta)
            throw Refusal(.invalidRecord, mismatch.description)
        }
        if header.attributes.contains(.control) {
            throw Refusal(.invalidRecord, "clients may not write control batches")
        }
        if header.attributes.contains(.transactional), !isTransactional {
            throw Refusal(
                .transactionalIdAuthorizationFailed, "the batch is transactional, the request names no transactional id"
            )
        }
        if header.producerID >= 0, header.producerEpoch < 0 || header.baseSequence < 0 {
            throw Refusal(.invalidRecord, "the batch has a producer id but no producer epoch or no sequence number")
        }
        let compression = header.attributes.compression
        if let refusal = codecs.refusal(of: compression) { throw Refusal(.unsupportedCompressionType, refusal) }
        if compression == .zstd, version < 7 {
            throw Refusal(.unsupportedCompressionType, "zstd needs Produce version 7 or later")
        }
    }

    private func checkSize(_ header: RecordBatchHeader, _ config: TopicConfig) throws(Refusal) {
        guard header.totalByteCount <= config.maxMessageBytes else {
            throw Refusal(
                .messageTooLarge,
                "the batch has \(header.totalByteCount) bytes; max.message.bytes is \(config.maxMessageBytes)")
        }
        guard header.totalByteCount <= config.segmentBytes else {
            throw Refusal(
                .recordListTooLarge,
                "the batch has \(header.totalByteCount) bytes; segment.bytes is \(config.segmentBytes)")
        }
    }

    /// The records of a stored batch, decompressed; nil if they do not decompress.
    package func decompressed(_ batch: RecordBatch) -> ByteBuffer? {
        try? payload(of: batch, compression: batch.header.attributes.compression)
    }

    private func payload(of batch: RecordBatch, compression: CompressionType) throws(Refusal) -> ByteBuffer {
        if compression == .none { return batch.payload }
        guard let codec = codecs[compression] else {
            throw Refusal(.unsupportedCompressionType, "this broker has no codec for \(codecs.name(of: compression))")
        }
        var payload = ByteBuffer()
        do { try codec.decompress(batch.payload, limit: Self.decompressedByteCountLimit, into: &payload) } catch {
            if case .failed(let reason) = error {
                throw Refusal(.requestTimedOut, "The batch could not be decompressed: \(reason). Try again.")
            }
            throw Refusal(.corruptMessage, RecordBatchError.undecompressible(error.description).description)
        }
        return payload
    }

    private func checkTimestamps(
        _ summary: RecordBatchSummary, _ batch: RecordBatch, _ payload: ByteBuffer, config: TopicConfig,
        now: Timestamp
    ) throws(Refusal) {
        let latest = now.addingReportingOverflow(config.timestampAfterMaxMilliseconds)
        let earliest = now.subtractingReportingOverflow(config.timestampBeforeMaxMilliseconds)
        let isTooLate = !latest.overflow && summary.maxTimestamp > latest.partialValue
        let isTooEarly = !earliest.overflow && summary.minTimestamp < earliest.partialValue
        guard isTooLate || isTooEarly else { return }
        // A record without a timestamp, −1, is never out of bounds.
        let refused = problems(batch, payload, "its timestamp is out of bounds") { record in
            (!latest.overflow && record.timestamp > latest.partialValue)
                || (!earliest.overflow && record.timestamp != -1 && record.timestamp < earliest.partialValue)
        }
        guard !refused.isEmpty else { return }
        throw Refusal(
            .invalidTimestamp,
            "One or more timestamps are out of bounds: message.timestamp.before.max.ms is "
                + "\(config.timestampBeforeMaxMilliseconds), message.timestamp.after.max.ms is "
                + "\(config.timestampAfterMaxMilliseconds), and the broker's time is \(now).",
            records: refused)
    }

    /// Names every record that is wrong. Only for batches that are refused: it looks at each record closely.
    private func problems(
        _ batch: RecordBatch, _ payload: ByteBuffer, _ message: String, where isWrong: (Record) -> Bool
    ) -> [RecordProblem] {
        var records = batch.records(from: payload)
        var problems: [RecordProblem] = []
        var index = 0
        while let record = try? records.next() {
            if isWrong(record) { problems.append(RecordProblem(index: index, message: message)) }
            index += 1
        }
        return problems
    }

    private func admitted(
        _ batch: RecordBatch, payload: ByteBuffer, compression: CompressionType, target: CompressionType,
        summary: RecordBatchSummary, config: TopicConfig
    ) throws(Refusal) -> Admitted {
        // Who sets the timestamps is the topic's choice; the log sets the bit where it is the broker.
        let truthful =
            summary.maxTimestamp == batch.header.maxTimestamp && !batch.header.attributes.contains(.logAppendTime)
        if target == compression, truthful { return Admitted(bytes: batch.buffer, header: batch.header) }

        var header = batch.header
        header.maxTimestamp = summary.maxTimestamp
        var (kept, stored) = (compression, batch.payload)
        if target == .none {
            (kept, stored) = (.none, payload)
        } else if target != compression {
            guard let codec = codecs[target] else {
                throw Refusal(.unsupportedCompressionType, "this broker has no codec for \(codecs.name(of: target))")
            }
            var compressed = ByteBuffer()
            // Where the codec fails, the batch stays as it was received.
            if (try? codec.compress(payload, level: config.level(of: target), into: &compressed)) != nil {
                (kept, stored) = (target, compressed)
            }
        }
        header.attributes = header.attributes.with(compression: kept).subtracting(.logAppendTime)
        header.batchLength = Int32(
            truncatingIfNeeded: RecordBatchHeader.byteCount - RecordBatchHeader.overhead + stored.readableBytes)
        return Admitted(bytes: RecordBatchBuilder.assemble(header: header, payload: stored), header: header)
    }
}
