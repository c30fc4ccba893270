package import BrokerMetrics
package import BrokerWorld
package import NIOCore
internal import Synchronization

/// What operators can see of a broker: its metrics and its health. It is there before anything else of the broker, and
/// is told of the parts as they come to be.
///
/// Safe on any thread; nothing here waits for the broker's own threads.
package final class Operations: Sendable {
    /// Says whether a part is ready to serve. Called when somebody asks; must not block.
    package typealias ReadinessCheck = @Sendable () -> HealthCheck

    package let progress = StartProgress()
    package let metrics = MetricsRegistry()
    let world: World

    private struct State: Sendable {
        var pulses: [ThreadPulse] = []
        var standing: (@Sendable () -> HealthReport.Standing)?
        var checks: [ReadinessCheck] = []
    }

    private let state = Mutex(State())

    package init(world: World) { self.world = world }

    /// From now on `/livez` wants an answer from `eventLoop` within `limitMilliseconds`.
    package func watch(_ name: String, _ eventLoop: any EventLoop, limitMilliseconds: Int64) {
        let pulse = ThreadPulse(name, eventLoop, limitMilliseconds: limitMilliseconds, world: world)
        state.withLock { $0.pulses.append(pulse) }
    }

    /// Watches nobody any more: the threads are about to end.
    package func unwatch() { state.withLock { $0.pulses = [] } }

    /// From now on `/readyz` also asks `check`.
    package func requireReady(_ check: @escaping ReadinessCheck) { state.withLock { $0.checks.append(check) } }

    /// From now on `/readyz` knows how the broker stands.
    func follow(_ standing: @escaping @Sendable () -> HealthReport.Standing) {
        state.withLock { $0.standing = standing }
    }

    package var readiness: HealthReport {
        let (standing, checks) = state.withLock { ($0.standing, $0.checks) }
        var now =
            standing?()
            ?? HealthReport.Standing(phase: progress.snapshot.phase, registration: .absent, controller: .inactive)
        now.others += checks.map { $0() }
        return .readiness(now)
    }

    package var startup: HealthReport { .startup(progress.snapshot) }

    /// Asks every thread, gives them a moment to answer, and judges. On `eventLoop`, which must be none of theirs.
    package func liveness(on eventLoop: any EventLoop) -> EventLoopFuture<HealthReport> {
        let pulses = state.withLock { $0.pulses }
        for pulse in pulses { pulse.ask() }
        let promise = eventLoop.makePromise(of: HealthReport.self)
        Self.wait(for: pulses, milliseconds: 1, eventLoop, promise)
        return promise.futureResult
    }

    /// Looks again after 1, 2, 4, … ms, half a second in all.
    private static func wait(
        for pulses: [ThreadPulse], milliseconds: Int64, _ eventLoop: any EventLoop,
        _ promise: EventLoopPromise<HealthReport>
    ) {
        eventLoop.scheduleTask(in: .milliseconds(milliseconds)) {
            let now = pulses.map(\.pulse)
            if milliseconds >= 256 || now.allSatisfy({ $0.silentMilliseconds == nil }) {
                return promise.succeed(.liveness(now))
            }
            wait(for: pulses, milliseconds: milliseconds * 2, eventLoop, promise)
        }
    }
}
