public import BrokerModel
internal import BrokerWorld
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// A broker's time, in a test's hands.
///
/// Stands still but for `advance(by:)`. Everything in the broker that waits for time waits for this one: retention,
/// session timeouts, fetches that wait for records, the expiration of producers. Safe on any thread.
public final class VirtualClock: Sendable {
    private struct Entry {
        var deadline: Int64
        /// Nanoseconds, for what is repeated.
        var interval: Int64?
        var work: @Sendable () -> Void
    }

    private struct State {
        var nanoseconds = VirtualClock.origin
        var nextID = 0
        var entries: [Int: Entry] = [:]
        var settle: @Sendable () async -> Void = {}
    }

    /// A repeated task runs at most so often in one advance: a week is no 600,000 seconds to be lived one by one.
    private static let maximumRepetitionCount: Int64 = 256

    /// Monotonic clocks begin anywhere but at 0, which some take for never.
    private static let origin: Int64 = 3_600_000_000_000

    private let start: Timestamp
    private let state = Mutex(State())
    /// One advance at a time.
    private let turns = Turns()

    init(start: Timestamp?) { self.start = start ?? World.system.wallMilliseconds() }

    /// The broker's date: milliseconds since 1970.
    public var now: Timestamp { start + (nanoseconds - Self.origin) / 1_000_000 }

    /// How long it has been advanced, in all.
    public var elapsed: Duration { .nanoseconds(nanoseconds - Self.origin) }

    /// Lets time pass, and returns when everything that was due in it is done.
    ///
    /// What is due is done one after the other in the order of its times, each with the clock at its time, and each to
    /// its end before the next. What was under way in the broker is done first. Work that repeats more than 256 times
    /// in that time runs 256 times, evenly spread.
    ///
    /// A request still on its way to the broker is not in it yet: wait for it with `broker.requests.next(_:)`.
    public func advance(by duration: Duration) async {
        await turns.run {
            await settle()
            let length = duration.wholeNanoseconds
            let end = nanoseconds + length
            while let work = takeNext(until: end, advancing: length) {
                work()
                await settle()
            }
            finish(at: end)
        }
    }

    private func settle() async { await state.withLock({ $0.settle })() }

    /// Moves the clock to the next thing that is due until `end`, and takes it out.
    private func takeNext(until end: Int64, advancing length: Int64) -> (@Sendable () -> Void)? {
        state.withLock { state in
            let next = state.entries.min { ($0.value.deadline, $0.key) < ($1.value.deadline, $1.key) }
            guard let (id, entry) = next, entry.deadline <= end else { return nil }
            state.nanoseconds = max(state.nanoseconds, entry.deadline)
            if let interval = entry.interval {
                state.entries[id]?.deadline =
                    state.nanoseconds + max(interval, length / Self.maximumRepetitionCount)
            } else {
                state.entries[id] = nil
            }
            return entry.work
        }
    }

    private func finish(at end: Int64) {
        state.withLock { state in
            state.nanoseconds = end
            // What was spread over a long time goes on at its own pace.
            for (id, entry) in state.entries {
                if let interval = entry.interval { state.entries[id]?.deadline = min(entry.deadline, end + interval) }
            }
        }
    }

    // MARK: For the broker

    /// - Parameter settle: returns when the broker is at rest.
    func attach(settle: @escaping @Sendable () async -> Void) { state.withLock { $0.settle = settle } }

    var world: World {
        World(
            monotonicNanoseconds: { [self] in nanoseconds }, wallMilliseconds: { [self] in now },
            random: World.system.random)
    }

    var timers: Timers {
        Timers(
            now: { [self] in nanoseconds },
            schedule: { [self] deadline, work in add(Entry(deadline: deadline, interval: nil, work: work)) },
            every: { [self] milliseconds, work in
                let interval = Duration.milliseconds(milliseconds).wholeNanoseconds
                return add(Entry(deadline: nanoseconds + interval, interval: interval, work: work))
            })
    }

    private var nanoseconds: Int64 { state.withLock { $0.nanoseconds } }

    private func add(_ entry: Entry) -> Timers.Timer {
        let id = state.withLock { state -> Int? in
            guard entry.deadline > state.nanoseconds else { return nil }
            state.nextID += 1
            state.entries[state.nextID] = entry
            return state.nextID
        }
        guard let id else {
            // What is late already waits for nobody.
            MultiThreadedEventLoopGroup.singleton.any().execute(entry.work)
            return Timers.Timer {}
        }
        return Timers.Timer { [weak self] in self?.state.withLock { _ = $0.entries.removeValue(forKey: id) } }
    }
}

extension Duration {
    /// From 0 to a century, which is enough for a test and leaves room for sums.
    var wholeNanoseconds: Int64 {
        let century: Int64 = 3_155_760_000
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return seconds >= century ? century * 1_000_000_000 : seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
