internal import BrokerWorld
internal import NIOCore
internal import NIOPosix
internal import Synchronization

extension Int64 {
    /// The time that is so much later; the last or first one there is, where that is out of range. So a limit that is
    /// `Int64.max` means for ever.
    func later(by interval: Int64) -> Int64 {
        let (time, isOutOfRange) = addingReportingOverflow(interval)
        return isOutOfRange ? (interval < 0 ? .min : .max) : time
    }
}

extension TimeAmount {
    /// A year at most: an event loop cannot count all that 64 bits of milliseconds may say.
    static func limited(milliseconds: Int64) -> TimeAmount {
        .milliseconds(min(max(0, milliseconds), 365 * 86_400_000))
    }
}

extension Timers {
    /// The system's timers, on the event loops that all clients of a process share.
    static let eventLoops = Timers(now: World.system.monotonicNanoseconds) { deadline, work in
        let loop = MultiThreadedEventLoopGroup.currentEventLoop ?? MultiThreadedEventLoopGroup.singleton.any()
        let left = max(0, deadline.later(by: -World.system.monotonicNanoseconds()))
        let scheduled = loop.scheduleTask(in: .nanoseconds(min(left, 365 * 86_400_000_000_000)), work)
        return Timer { scheduled.cancel() }
    }

    /// Returns after so many milliseconds, at least one, or as soon as the task is cancelled.
    func pause(milliseconds: Int64) async {
        let pause = Pause()
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                pause.begin(continuation, schedule(afterMilliseconds: max(1, milliseconds)) { pause.end() })
            }
        } onCancel: {
            pause.end()
        }
    }
}

/// One wait that ends once, whichever of its two ends comes first.
private final class Pause: Sendable {
    private struct State {
        var continuation: CheckedContinuation<Void, Never>?
        var timer: Timers.Timer?
        var isOver = false
    }

    private let state = Mutex(State())

    func begin(_ continuation: CheckedContinuation<Void, Never>, _ timer: Timers.Timer) {
        let isOver = state.withLock { state in
            if !state.isOver { (state.continuation, state.timer) = (continuation, timer) }
            return state.isOver
        }
        guard isOver else { return }
        timer.cancel()
        continuation.resume()
    }

    func end() {
        let (continuation, timer) = state.withLock { state in
            state.isOver = true
            defer { (state.continuation, state.timer) = (nil, nil) }
            return (state.continuation, state.timer)
        }
        timer?.cancel()
        continuation?.resume()
    }
}
