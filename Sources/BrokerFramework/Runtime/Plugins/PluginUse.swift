internal import BrokerPluginAPI
internal import BrokerWorld
internal import Synchronization

/// One instance of a plug-in where it is used, and the breaker between it and the broker.
///
/// Each topic has a use of its own: a plug-in that fails in one is not switched off in others. Safe on any thread.
package final class PluginUse: Sendable {
    /// What became of a call.
    package enum Outcome<Answer, Failure: Error> {
        case answer(Answer)
        /// It threw.
        case failure(Failure)
        /// It was not called: the fallback is to act.
        case off
    }

    package let monitor: PluginMonitor
    /// The topic; nil for the whole broker.
    package let topic: String?
    private let containment: PluginContainment
    private let breaker: Mutex<CircuitBreaker>
    /// Whether another has taken its place, and what it does is nobody's trouble any more.
    let isOver = Atomic(false)

    init(_ monitor: PluginMonitor, topic: String?, containment: PluginContainment) {
        self.monitor = monitor
        self.topic = topic
        self.containment = containment
        breaker = Mutex(CircuitBreaker())
    }

    /// Calls the plug-in, if it may be called, and judges how that went.
    ///
    /// - Parameters:
    ///   - fault: what a thrown error says against the plug-in; nil for one that is its work, such as refusing a record.
    package func call<Answer, Failure: Error>(
        fault: (Failure) -> String? = { "\($0)" }, _ body: () throws(Failure) -> Answer
    ) -> Outcome<Answer, Failure> {
        let begun = monitor.world.monotonicNanoseconds()
        guard !monitor.isQuarantined, breaker.withLock({ $0.admits(now: begun / 1_000_000) }) else {
            monitor.fellBack()
            return .off
        }
        monitor.begin(self, at: begun)
        let outer = monitor.trace.enter()
        let outcome: Outcome<Answer, Failure>
        var problem: String?
        do throws(Failure) { outcome = .answer(try body()) } catch {
            outcome = .failure(error)
            problem = fault(error)
        }
        monitor.trace.leave(to: outer)
        let end = monitor.world.monotonicNanoseconds()
        let took = end - begun
        if problem == nil, took > monitor.budget.limit { problem = "a call took \(took / 1_000_000) ms" }
        monitor.end(self, begun: begun, at: end, hasFailed: problem != nil)
        if let problem {
            failed(problem, isSevere: took >= monitor.budget.stall)
        } else if breaker.withLock({ $0.succeeded() }) {
            containment.closed(self)
        }
        return outcome
    }

    /// The plug-in has answered what it must not.
    package func misbehaved(_ what: String) {
        monitor.answeredBadly()
        failed(what, isSevere: false)
    }

    /// A call is still under way after its time.
    func stalled() { failed("a call has not come back for \(monitor.budget.stall / 1_000_000) ms", isSevere: true) }

    private func failed(_ problem: String, isSevere: Bool) {
        let now = monitor.world.monotonicNanoseconds() / 1_000_000
        guard breaker.withLock({ $0.failed(isSevere: isSevere, now: now) }) else { return }
        containment.opened(self, because: problem)
    }
}
