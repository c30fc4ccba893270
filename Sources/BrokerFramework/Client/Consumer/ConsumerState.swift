import BrokerModel

/// What a consumer knows about one partition it reads.
struct PartitionReading: Sendable {
    enum Position: Sendable, Hashable {
        /// Still to be asked for.
        case unresolved(SeekPosition)
        /// Where the group left it; still to be asked for.
        case committed
        /// None, and no policy to find one.
        case missing
        case offset(Offset)
    }

    var position: Position
    /// Another one with every seek, so that what was fetched before it is known as stale.
    private(set) var generation: Int
    var isPaused = false
    /// How many rebalances keep it from being read just now.
    var holdCount = 0
    /// What the group knows to be done, if that is known.
    var committed: Offset?
    /// Fetched, and not given out yet. Nothing more is fetched while it is there: that bounds the memory.
    var fetched: FetchedRecords?
    /// A fetch for it is under way.
    var isFetching = false
    /// When that, or the last one, began, on the monotonic clock.
    var fetchBegan: Int64 = 0
    /// Nothing is fetched before, on the monotonic clock.
    var notBefore: Int64 = .min
    /// Of asking for its position or its records; nil once that has succeeded.
    var failures: FailedTries?
    /// From the last fetch; nil before the first.
    var highWatermark: Offset?

    init(position: Position, generation: Int) {
        self.position = position
        self.generation = generation
    }

    /// Whether records may be given out.
    var isReadable: Bool { !isPaused && holdCount == 0 }

    /// The offset of the next record to be given out; nil while that is still to be found out.
    var nextOffset: Offset? {
        if let fetched { return fetched.position }
        if case .offset(let offset) = position { return offset }
        return nil
    }

    mutating func seek(_ new: SeekPosition, generation: Int) {
        self.generation = generation
        fetched = nil
        isFetching = false
        position = if case .offset(let offset) = new { .offset(offset) } else { .unresolved(new) }
    }
}
