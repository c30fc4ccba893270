/// What a connection has read without having a whole frame, and whether that goes on.
///
/// Half-read frames have a budget over all connections. While it is used up, larger ones are not read on, and those
/// that do not get on are given up: room is for those who send.
struct HalfReadFrame {
    /// How often a large frame is looked at.
    static let watchMilliseconds: Int64 = 1000
    /// How much of it must have come by then to keep it while others wait.
    private static let leastProgress = 64 << 10
    /// How often it may be found waiting for others.
    private static let patience = 5
    /// A frame of which less is held is no burden; it may always grow.
    private static let small = 64 << 10
    /// So much of a frame is a sign of life like a whole one.
    private static let signOfLife = 1 << 20

    private let budget: InFlightBudget
    private var held = 0
    private var sinceSign = 0
    private var sinceWatch = 0
    private var isWatched = false
    private var hasSign = false
    private var isHeldBack = false
    private var watchesHeldBack = 0
    /// When a frame was completed, or much of one had come; in nanoseconds.
    private(set) var lastSign: Int64

    init(budget: InFlightBudget, now: Int64) {
        self.budget = budget
        lastSign = now
    }

    /// Notes how much is held now.
    mutating func note(_ byteCount: Int) {
        let growth = byteCount - held
        guard growth != 0 else { return }
        held = byteCount
        budget.take(growth)
        guard growth > 0 else { return }
        sinceWatch += growth
        sinceSign += growth
        if sinceSign >= Self.signOfLife { completed() }
    }

    /// A whole frame has come.
    mutating func completed() {
        hasSign = true
        sinceSign = 0
        sinceWatch = Self.leastProgress
        watchesHeldBack = 0
    }

    /// Notes the time of what has come; so the clock is asked once for each read.
    mutating func stamp(_ now: Int64) {
        if hasSign { lastSign = now }
        hasSign = false
    }

    /// Whether more may be read.
    mutating func mayGrow() -> Bool {
        isHeldBack = held > Self.small && budget.isExhausted
        return !isHeldBack
    }

    /// Whether the frame has become large enough to be looked at in a while.
    mutating func beginsWatch() -> Bool {
        guard !isWatched, held > Self.small else { return false }
        isWatched = true
        sinceWatch = 0
        return true
    }

    /// The while is over; answers whether to give the frame up.
    mutating func endsWatch() -> Bool {
        isWatched = false
        guard budget.isExhausted, held > Self.small else { return false }
        if isHeldBack {
            watchesHeldBack += 1
            return watchesHeldBack > Self.patience
        }
        return sinceWatch < Self.leastProgress
    }

    mutating func end() {
        budget.release(held)
        held = 0
    }
}
