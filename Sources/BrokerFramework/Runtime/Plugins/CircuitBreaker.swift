/// Decides when a plug-in that fails is left alone, and when it is tried again.
///
/// Closed, every call is admitted. Too many failures, or one that is bad enough, open it: no call is admitted for a
/// while. Then a single call is, as a trial; its success closes the breaker, its failure opens it for twice as long.
package struct CircuitBreaker: Hashable, Sendable {
    /// When it opens and for how long. Times in milliseconds.
    package struct Limits: Hashable, Sendable {
        /// So many failures within the window open it, if they are also `share` of the calls.
        package var failureCount = 5
        package var share = 0.1
        package var windowMilliseconds: Int64 = 60_000
        package var firstPauseMilliseconds: Int64 = 5_000
        package var longestPauseMilliseconds: Int64 = 300_000

        package init() {}
    }

    package enum State: Hashable, Sendable {
        case closed
        /// No call before that time, in milliseconds of the monotonic clock.
        case open(until: Int64)
        /// One call is under way that decides.
        case onTrial
    }

    package private(set) var state: State = .closed
    private let limits: Limits
    private var windowEnd: Int64 = 0
    private var callCount = 0
    private var failureCount = 0
    private var nextPause: Int64

    package init(limits: Limits = Limits()) {
        self.limits = limits
        nextPause = limits.firstPauseMilliseconds
    }

    /// Whether a call may begin; what became of it must be told then.
    package mutating func admits(now: Int64) -> Bool {
        switch state {
        case .closed:
            if now >= windowEnd {
                windowEnd = now + limits.windowMilliseconds
                (callCount, failureCount) = (0, 0)
            }
            callCount += 1
            return true
        case .open(let until):
            guard now >= until else { return false }
            state = .onTrial
            return true
        case .onTrial: return false
        }
    }

    /// A call has done what it should. Answers whether this closed the breaker.
    package mutating func succeeded() -> Bool {
        guard state == .onTrial else { return false }
        state = .closed
        (callCount, failureCount, windowEnd) = (0, 0, 0)
        nextPause = limits.firstPauseMilliseconds
        return true
    }

    /// A call has failed. Answers whether this opened the breaker.
    ///
    /// - Parameter isSevere: whether one such failure is enough.
    package mutating func failed(isSevere: Bool = false, now: Int64) -> Bool {
        switch state {
        case .open: return false
        case .onTrial: break
        case .closed:
            failureCount += 1
            let isTooMuch =
                failureCount >= limits.failureCount && Double(failureCount) >= limits.share * Double(callCount)
            guard isSevere || isTooMuch else { return false }
        }
        state = .open(until: now + nextPause)
        nextPause = min(nextPause * 2, limits.longestPauseMilliseconds)
        return true
    }
}
