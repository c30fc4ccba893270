package import BrokerWorld
package import NIOCore
internal import NIOPosix

extension Timers {
    /// The system's timers: on the event loop that schedules them, from elsewhere on one of `group`.
    ///
    /// - Parameter now: the nanoseconds of the system's monotonic clock.
    package static func eventLoops(
        _ group: any EventLoopGroup, now: @escaping @Sendable () -> Int64
    ) -> Timers {
        Timers(now: now) { deadline, work in
            let loop = MultiThreadedEventLoopGroup.currentEventLoop ?? group.any()
            // A wait without an end is cut to a year, within what a loop can count.
            let delay = min(max(0, deadline.subtractingReportingOverflow(now()).partialValue), 365 * 86_400_000_000_000)
            let scheduled = loop.scheduleTask(in: .nanoseconds(delay), work)
            return Timer { scheduled.cancel() }
        }
    }
}
