internal import Synchronization

/// The future of a monotonic clock, handed in: work for when a time has come.
///
/// Everything that waits for time waits here, so that a clock somebody drives moves all of it. Safe on any thread.
public struct Timers: Sendable {
    /// Work that is due once.
    public struct Timer: Sendable {
        /// Forgets the work. Without effect once it has begun.
        public let cancel: @Sendable () -> Void

        public init(cancel: @escaping @Sendable () -> Void) { self.cancel = cancel }
    }

    /// Nanoseconds on the clock of the deadlines: a world's `monotonicNanoseconds`.
    public let now: @Sendable () -> Int64
    private let scheduling: Scheduling
    private let repeating: Scheduling?

    /// Takes a deadline in nanoseconds, or an interval in milliseconds, and work.
    public typealias Scheduling = @Sendable (_ time: Int64, _ work: @escaping @Sendable () -> Void) -> Timer

    /// - Parameters:
    ///   - now: nanoseconds on a monotonic clock.
    ///   - schedule: calls the work once, on any thread, soon after that clock reached the deadline and not before,
    ///     unless it is cancelled first.
    ///   - every: does the same again and again; nil to have it made of `schedule`.
    public init(
        now: @escaping @Sendable () -> Int64,
        schedule: @escaping Scheduling, every: Scheduling? = nil
    ) {
        self.now = now
        scheduling = schedule
        repeating = every
    }

    /// Runs `work` once when the clock has reached `deadline`, in nanoseconds; at once if it has.
    ///
    /// - Parameter work: must not block. It runs on any thread; called from an event loop, a timer of the system runs
    ///   it on that loop.
    public func schedule(at deadline: Int64, _ work: @escaping @Sendable () -> Void) -> Timer {
        scheduling(deadline, work)
    }

    /// Runs `work` once, so many milliseconds from now.
    public func schedule(afterMilliseconds milliseconds: Int64, _ work: @escaping @Sendable () -> Void) -> Timer {
        scheduling(deadline(afterMilliseconds: milliseconds), work)
    }

    /// Runs `work` again and again, with so many milliseconds between one run's beginning and the next; the first
    /// comes after as many.
    public func every(milliseconds: Int64, _ work: @escaping @Sendable () -> Void) -> Timer {
        if let repeating { return repeating(max(1, milliseconds), work) }
        let repetition = Repetition(timers: self, milliseconds: max(1, milliseconds), work: work)
        repetition.arm()
        return Timer { repetition.cancel() }
    }

    /// The time that many milliseconds from now; never, if that is beyond the clock's range.
    public func deadline(afterMilliseconds milliseconds: Int64) -> Int64 {
        let (nanoseconds, isTooLong) = max(0, milliseconds).multipliedReportingOverflow(by: 1_000_000)
        let (deadline, isTooLate) = now().addingReportingOverflow(nanoseconds)
        return isTooLong || isTooLate ? .max : deadline
    }

    /// A timer that arms itself again.
    private final class Repetition: Sendable {
        private let timers: Timers
        private let milliseconds: Int64
        private let work: @Sendable () -> Void
        private let state = Mutex<(next: Timer?, isCancelled: Bool)>((nil, false))

        init(timers: Timers, milliseconds: Int64, work: @escaping @Sendable () -> Void) {
            self.timers = timers
            self.milliseconds = milliseconds
            self.work = work
        }

        func arm() {
            guard !state.withLock({ $0.isCancelled }) else { return }
            let timer = timers.schedule(afterMilliseconds: milliseconds) { [self] in
                arm()
                if !state.withLock({ $0.isCancelled }) { work() }
            }
            let isCancelled = state.withLock { state in
                state.next = timer
                return state.isCancelled
            }
            if isCancelled { timer.cancel() }
        }

        func cancel() {
            let next = state.withLock { state in
                state.isCancelled = true
                defer { state.next = nil }
                return state.next
            }
            next?.cancel()
        }
    }
}
