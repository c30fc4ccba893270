internal import BrokerModel
internal import BrokerPluginAPI
internal import NIOCore

/// Copies what is to be kept of some segments into a file beside them, up to the point where it only needs its name.
struct SegmentRewriting {
    enum Failure: Error {
        case log(LogError)
        case storage(StorageError)
    }

    let files: SegmentFiles
    let configuration: LogConfiguration
    let old: [Segment]
    /// The new segment, with its indexes.
    private(set) var segment: Segment
    private var pending = ByteBuffer()
    private var written = 0
    /// The markers that are kept: their transactions stay in the index.
    private var markers: Set<Offset> = []

    init(files: SegmentFiles, configuration: LogConfiguration, old: [Segment], now: Timestamp) {
        self.files = files
        self.configuration = configuration
        self.old = old
        segment = Segment(baseOffset: old.first?.baseOffset ?? 0, created: old.first?.created ?? now)
    }

    var path: String { files.path(segment.baseOffset, .log) }

    mutating func run(_ keep: (RecordBatch) throws(LogError) -> ByteBuffer?) throws(Failure) {
        let cleaned = files.storage.file(path + ".cleaned")
        do { try cleaned.truncate(to: 0) } catch { throw .storage(error) }
        for source in old { try copy(source, to: cleaned, keep) }
        try write(to: cleaned)
        segment.aborted = old.flatMap { $0.aborted ?? [] }.filter { markers.contains($0.lastOffset) }
        segment.seal(nextOffset: old.last?.nextOffset ?? segment.nextOffset)
        do {
            try cleaned.synchronize()
            try files.storage.rename(path + ".cleaned", to: path + ".swap")
            try files.storage.synchronizeDirectory(files.directory)
        } catch { throw .storage(error) }
        segment.file = files.storage.file(path + ".swap")
    }

    private mutating func copy(
        _ source: Segment, to cleaned: any StorageFile, _ keep: (RecordBatch) throws(LogError) -> ByteBuffer?
    ) throws(Failure) {
        let file = source.file ?? files.storage.file(files.path(source.baseOffset, .log))
        var scanner = BatchScanner(file, from: 0, limit: source.size, pieceSize: 1 << 20)
        while true {
            do {
                switch try scanner.next() {
                case .end: return
                case .broken(let reason, let position):
                    throw Failure.log(
                        .corrupt(
                            offset: source.baseOffset,
                            reason: "segment \(source.baseOffset), byte \(position): \(reason)"))
                case .batch(let header, let position):
                    let bytes = try scanner.bytes(of: header, at: position)
                    if let reason = SegmentScan.checksumProblem(header, bytes) {
                        throw Failure.log(.corrupt(offset: header.baseOffset, reason: "\(reason)"))
                    }
                    guard let batch = try? RecordBatch(bytes) else { continue }
                    if let kept = try keep(batch) { try add(kept, for: header) }
                }
            } catch let error as Failure { throw error } catch let error as LogError { throw .log(error) } catch let
                error as StorageError
            { throw .storage(error) } catch { throw .log(.closed) }
            if pending.readableBytes >= 1 << 20 { try write(to: cleaned) }
        }
    }

    private mutating func add(_ bytes: ByteBuffer, for header: RecordBatchHeader) throws(Failure) {
        guard let kept = try? RecordBatch(bytes).header, kept.totalByteCount == bytes.readableBytes,
            kept.baseOffset >= header.baseOffset, kept.lastOffset <= header.lastOffset, kept.lastOffsetDelta >= 0
        else { throw .log(.invalidBatch(.badLastOffsetDelta(header.lastOffsetDelta))) }
        if kept.attributes.contains(.control) { markers.insert(kept.lastOffset) }
        segment.appended(kept, configuration: configuration)
        pending.writeImmutableBuffer(bytes)
    }

    private mutating func write(to cleaned: any StorageFile) throws(Failure) {
        guard pending.readableBytes > 0 else { return }
        do { try cleaned.write(pending, at: Int64(written)) } catch { throw .storage(error) }
        written += pending.readableBytes
        pending.clear()
    }
}
