import BrokerModel

/// What a consumer knows about one partition it reads.
struct PartitionReading: Sendable {
    enum Position: Sendable, Hashable {
        /// Still to be asked for.
        case unresolved(SeekPosition)
        /// None, and no policy to find one.
        case missing
        case offset(Offset)
    }

    var position: Position
    var isPaused = false
    /// Rises with every seek, so that what was fetched before it is known as stale.
    var generation = 0
    /// Fetched, and not given out yet. Nothing more is fetched while it is there: that bounds the memory.
    var fetched: FetchedRecords?
    /// A fetch for it is under way.
    var isFetching = false
    /// Nothing is fetched before, on the monotonic clock.
    var notBefore: Int64 = .min
    var failures = 0
    /// From the last fetch; nil before the first.
    var highWatermark: Offset?

    /// The offset of the next record to be given out; nil while that is still to be found out.
    var nextOffset: Offset? {
        if let fetched { return fetched.position }
        if case .offset(let offset) = position { return offset }
        return nil
    }

    mutating func seek(_ new: SeekPosition) {
        generation += 1
        fetched = nil
        position = if case .offset(let offset) = new { .offset(offset) } else { .unresolved(new) }
    }

    /// Whether a fetch may be sent for it.
    func wantsFetch(now: Int64) -> Bool {
        guard !isPaused, !isFetching, fetched == nil, notBefore <= now, case .offset = position else { return false }
        return true
    }
}
