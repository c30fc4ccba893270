internal import BrokerModel
internal import BrokerPluginAPI
internal import BrokerPrimitives
internal import NIOCore

/// Everything a log knows of itself. Guarded by the log's lock; its methods do no I/O but the append's own write.
struct LogState: Sendable {
    let storage: any StorageBackend
    var directory: String
    var configuration: LogConfiguration
    var topicID: KafkaUUID?
    var logStartOffset: Offset
    /// Oldest first.
    var sealed: [Segment] = []
    var active: Segment
    var recent: RecentBatches
    var epochs = LeaderEpochs()
    var producers = ProducerStateTable()
    /// Everything below is durable.
    var recoveryPoint: Offset
    /// When something was last made durable.
    var lastFlush: Timestamp
    /// Changes when the log is cut, so that what was prepared outside the lock can be told to be stale.
    var generation: UInt64 = 0
    var failure: LogError?
    /// A rewritten segment's file is being given its name.
    var isExchanging = false

    // What a flush still has to write.
    var epochsAreDirty = false
    var directoryIsDirty = false
    var metadataIsDirty = false
    /// Producer states as of the bases of new segments.
    var pendingSnapshots: [PendingSnapshot] = []
    /// The snapshots on disk, ascending.
    var snapshots: [Offset] = []
    /// The active file may have bytes beyond the segment's size, from a write that failed.
    var hasTornTail = false

    struct PendingSnapshot: Sendable {
        var offset: Offset
        var producers: ProducerStateTable
    }

    var logEndOffset: Offset { active.nextOffset }

    func path(_ baseOffset: Offset, _ kind: LogFileName.Kind) -> String {
        directory + "/" + LogFileName.segment(baseOffset, kind)
    }

    func checkUsable() throws(LogError) {
        if let failure { throw failure }
    }

    /// What a storage error means: waiting for room, or the end of this log.
    mutating func fail(_ error: StorageError) -> LogError {
        switch error.code {
        case .noSpace, .tooManyOpenFiles: return .noSpace(error)
        default:
            if failure == nil { failure = .offline(error) }
            return .offline(error)
        }
    }

    /// The file of the active segment, with room reserved if so configured.
    mutating func activeFile() throws(LogError) -> any StorageFile {
        if let file = active.file { return file }
        let file = storage.file(path(active.baseOffset, .log))
        if configuration.preallocate {
            do { try file.reserve(upTo: Int64(configuration.segmentBytes)) } catch { throw fail(error) }
        }
        active.file = file
        directoryIsDirty = true
        return file
    }

    /// Seals the active segment and begins another one at the log's end.
    mutating func roll(now: Timestamp) {
        guard active.size > 0 else { return }
        let base = logEndOffset
        active.seal(nextOffset: base)
        sealed.append(active)
        active = Segment(baseOffset: base, created: now)
        recent = RecentBatches(offset: base, position: 0)
        pendingSnapshots.append(PendingSnapshot(offset: base, producers: producers))
    }

    /// Whether an append of so many bytes up to `lastOffset` needs a new segment first.
    func mustRoll(byteCount: Int, lastOffset: Offset, maxTimestamp: Timestamp, now: Timestamp) -> Bool {
        guard active.size > 0 else { return false }
        let limit = min(configuration.segmentBytes, Int(Int32.max))
        if active.size > limit - byteCount { return true }
        if active.relative(lastOffset) > Offset(Int32.max) { return true }
        if active.offsetIndex?.entries.count ?? 0 >= configuration.maximumOffsetIndexEntries { return true }
        if active.timeIndex?.entries.count ?? 0 >= configuration.maximumTimeIndexEntries { return true }
        let age: Int64 =
            if let first = active.rollTimestamp, first >= 0 { maxTimestamp &- first } else { now &- active.created }
        return age > configuration.segmentMilliseconds &- jitter
    }

    /// How much earlier this segment rolls: spread by its place, the same after a restart.
    private var jitter: Int64 {
        guard configuration.segmentJitterMilliseconds > 0 else { return 0 }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in directory.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        hash = (hash ^ UInt64(bitPattern: active.baseOffset)) &* 0x9E37_79B9_7F4A_7C15
        return Int64(hash >> 33) % configuration.segmentJitterMilliseconds
    }

    /// The index of the sealed segment that holds `offset`, or `sealed.count` for the active one.
    func segmentIndex(for offset: Offset) -> Int {
        offset >= active.baseOffset ? sealed.count : max(sealed.partitioningIndex { $0.baseOffset > offset } - 1, 0)
    }

    func segment(at index: Int) -> Segment { index < sealed.count ? sealed[index] : active }
}
