internal import BrokerModel
internal import BrokerPluginAPI
internal import BrokerPrimitives
internal import NIOCore

/// The headers of the batches of one append; no memory of its own for one batch, which is the rule.
private struct AppendedHeaders {
    var first: RecordBatchHeader?
    var rest: [RecordBatchHeader] = []
    var lastOffset: Offset = -1
    var maxTimestamp: Timestamp = -1
    var byteCount = 0

    mutating func add(_ header: RecordBatchHeader) {
        if first == nil { first = header } else { rest.append(header) }
        lastOffset = header.lastOffset
        maxTimestamp = max(maxTimestamp, header.maxTimestamp)
        byteCount += header.totalByteCount
    }
}

extension LogState {
    /// Appends as leader: the batches get offsets, epoch and perhaps time, in place.
    mutating func append(
        _ records: inout ByteBuffer, leaderEpoch: LeaderEpoch, origin: AppendOrigin, now: Timestamp
    ) throws(LogError) -> AppendResult {
        try checkUsable()
        var headers = AppendedHeaders()
        var producerAppend = ProducerAppend()
        var nextOffset = logEndOffset
        let stampsTime = configuration.messageTimestampType == .logAppendTime
        var position = 0
        while position < records.readableBytes {
            var header = try Self.header(in: records, at: position)
            try checkSize(header, origin: origin)
            if header.hasProducerID, let duplicate = try duplicate(of: header, origin: origin) { return duplicate }
            header.baseOffset = nextOffset
            header.partitionLeaderEpoch = leaderEpoch
            if stampsTime {
                header.maxTimestamp = now
                header.attributes.insert(.logAppendTime)
            }
            if header.hasProducerID {
                try add(header, in: records, at: position, origin: origin, to: &producerAppend)
            }
            headers.add(header)
            Self.stamp(header, stampsTime: stampsTime, in: &records, at: position)
            position += header.totalByteCount
            nextOffset = header.nextOffset
        }
        let limit = configuration.segmentBytes
        if headers.byteCount > limit { throw .recordListTooLarge(byteCount: headers.byteCount, limit: limit) }
        return try write(
            records, headers, producerAppend, leaderEpoch: leaderEpoch, logAppendTime: stampsTime ? now : -1, now: now)
    }

    /// Appends what another replica has: offsets and epochs stay as they are.
    mutating func appendReplicated(
        _ records: ByteBuffer, contiguous: Bool, now: Timestamp
    ) throws(LogError) -> AppendResult {
        try checkUsable()
        var headers = AppendedHeaders()
        var producerAppend = ProducerAppend()
        var nextOffset = logEndOffset
        var position = 0
        while position < records.readableBytes {
            let header: RecordBatchHeader
            do { header = try Self.header(in: records, at: position) } catch {
                // A fetch may end in the middle of a batch.
                if case .invalidBatch(.truncated) = error, position > 0 { break }
                throw error
            }
            guard contiguous ? header.baseOffset == nextOffset : header.baseOffset >= nextOffset else {
                throw .unexpectedOffset(expected: nextOffset, got: header.baseOffset)
            }
            try Self.checkChecksum(header, in: records, at: position)
            if header.hasProducerID {
                try add(header, in: records, at: position, origin: .replica, to: &producerAppend)
            }
            headers.add(header)
            position += header.totalByteCount
            nextOffset = header.nextOffset
        }
        let whole = records.getSlice(at: records.readerIndex, length: position) ?? records
        return try write(whole, headers, producerAppend, leaderEpoch: nil, logAppendTime: -1, now: now)
    }

    /// Rolls if due, writes, and only then changes what is known.
    private mutating func write(
        _ records: ByteBuffer, _ headers: AppendedHeaders, _ producerAppend: ProducerAppend,
        leaderEpoch: LeaderEpoch?, logAppendTime: Timestamp, now: Timestamp
    ) throws(LogError) -> AppendResult {
        guard let first = headers.first else {
            throw .invalidBatch(.truncated(needed: RecordBatchHeader.byteCount, available: records.readableBytes))
        }
        let rolls = mustRoll(
            byteCount: headers.byteCount, lastOffset: headers.lastOffset, maxTimestamp: headers.maxTimestamp, now: now)
        if rolls { roll(now: now) }
        if active.size == 0, active.relative(headers.lastOffset) > Offset(Int32.max) {
            // A replica whose leader's log has a hole: the segment must begin where the records do.
            if active.file == nil { moveActive(to: first.baseOffset) }
        }
        let file = try activeFile()
        do { try file.write(records, at: Int64(active.size)) } catch {
            hasTornTail = true
            throw fail(error)
        }
        accept(first)
        for header in headers.rest { accept(header) }
        let aborted = producerAppend.commit(to: &producers)
        if !aborted.isEmpty { active.aborted?.append(contentsOf: aborted) }
        return AppendResult(
            baseOffset: first.baseOffset, lastOffset: headers.lastOffset, logAppendTime: logAppendTime,
            logStartOffset: logStartOffset, isDuplicate: false, rolled: rolls)
    }

    private mutating func accept(_ header: RecordBatchHeader) {
        if header.partitionLeaderEpoch >= 0, epochs.latest ?? -1 != header.partitionLeaderEpoch,
            epochs.assign(header.partitionLeaderEpoch, startOffset: header.baseOffset)
        {
            epochsAreDirty = true
        }
        active.appended(header, configuration: configuration)
        recent.append(nextOffset: header.nextOffset, byteCount: header.totalByteCount)
    }

    private mutating func moveActive(to baseOffset: Offset) {
        active = Segment(baseOffset: baseOffset, created: active.created)
        recent = RecentBatches(offset: baseOffset, position: 0)
        if let last = sealed.indices.last { sealed[last].nextOffset = baseOffset }
    }

    // MARK: Checks

    private static func header(in records: ByteBuffer, at position: Int) throws(LogError) -> RecordBatchHeader {
        let header: Result<RecordBatchHeader, RecordBatchError> = records.withUnsafeReadableBytes { raw in
            let rest = UnsafeRawBufferPointer(rebasing: raw[position...])
            return Result { () throws(RecordBatchError) in try RecordBatch.header(of: rest) }
        }
        switch header {
        case .failure(let error): throw .invalidBatch(error)
        case .success(let header):
            guard header.lastOffsetDelta >= 0, header.baseOffset >= 0,
                header.baseOffset <= Offset.max - Offset(Int32.max) - 1
            else { throw .invalidBatch(.badLastOffsetDelta(header.lastOffsetDelta)) }
            return header
        }
    }

    private static func checkChecksum(
        _ header: RecordBatchHeader, in records: ByteBuffer, at position: Int
    ) throws(LogError) {
        let computed = records.withUnsafeReadableBytes { raw in
            let covered = position + RecordBatchHeader.Position.attributes..<position + header.totalByteCount
            return CRC32C.checksum(UnsafeRawBufferPointer(rebasing: raw[covered]))
        }
        guard computed == header.checksum else {
            throw .invalidBatch(.checksumMismatch(stored: header.checksum, computed: computed))
        }
    }

    private func checkSize(_ header: RecordBatchHeader, origin: AppendOrigin) throws(LogError) {
        guard origin.limitsSize, header.totalByteCount > configuration.maxMessageBytes else { return }
        throw .messageTooLarge(byteCount: header.totalByteCount, limit: configuration.maxMessageBytes)
    }

    /// The answer for a batch that was appended before; nil for a new one.
    private func duplicate(of header: RecordBatchHeader, origin: AppendOrigin) throws(LogError) -> AppendResult? {
        guard case .client = origin, !header.attributes.contains(.control),
            let batch = producers[header.producerID]?.duplicate(of: header)
        else { return nil }
        return AppendResult(
            baseOffset: batch.firstOffset, lastOffset: batch.lastOffset, logAppendTime: batch.timestamp,
            logStartOffset: logStartOffset, isDuplicate: true, rolled: false)
    }

    private func add(
        _ header: RecordBatchHeader, in records: ByteBuffer, at position: Int, origin: AppendOrigin,
        to append: inout ProducerAppend
    ) throws(LogError) {
        if header.attributes.contains(.control) {
            guard let bytes = records.getSlice(at: records.readerIndex + position, length: header.totalByteCount),
                let marker = EndTransactionMarker(batch: bytes)
            else { return }
            return try append.add(marker, header: header, strictness: origin.strictness, in: producers)
        }
        if case .client(let verification) = origin, configuration.verifiesTransactions,
            header.attributes.contains(.transactional),
            !producers.hasOpenTransaction(header.producerID, epoch: header.producerEpoch),
            !producers.isVerified(header.producerID, by: verification)
        {
            throw .invalidTransactionState(header.producerID)
        }
        try append.add(header, timestamp: header.maxTimestamp, strictness: origin.strictness, in: producers)
    }

    // MARK: Stamping

    private static func stamp(
        _ header: RecordBatchHeader, stampsTime: Bool, in records: inout ByteBuffer, at position: Int
    ) {
        // A batch is a slice of the frame that it came in, so the buffer's storage is shared and writing through the
        // buffer would copy the batch. Nobody else reads these bytes, which is the caller's promise.
        records.withUnsafeReadableBytes { raw in
            let slice = UnsafeRawBufferPointer(rebasing: raw[position..<position + header.totalByteCount])
            let batch = UnsafeMutableRawBufferPointer(mutating: slice)
            batch.storeBigEndian(header.baseOffset, at: RecordBatchHeader.Position.baseOffset)
            batch.storeBigEndian(header.partitionLeaderEpoch, at: RecordBatchHeader.Position.partitionLeaderEpoch)
            guard stampsTime else { return }
            batch.storeBigEndian(header.attributes.rawValue, at: RecordBatchHeader.Position.attributes)
            batch.storeBigEndian(header.maxTimestamp, at: RecordBatchHeader.Position.maxTimestamp)
            let covered = UnsafeRawBufferPointer(rebasing: batch[RecordBatchHeader.Position.attributes...])
            batch.storeBigEndian(CRC32C.checksum(covered), at: RecordBatchHeader.Position.checksum)
        }
    }
}

extension EndTransactionMarker {
    /// The marker in a control batch; nil if it holds something else.
    init?(batch bytes: ByteBuffer) {
        guard let batch = try? RecordBatch(bytes), batch.header.attributes.contains(.control) else { return nil }
        var records = batch.records
        guard let record = try? records.next() else { return nil }
        self.init(record: record)
    }
}
