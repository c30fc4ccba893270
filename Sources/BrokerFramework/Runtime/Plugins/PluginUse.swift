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
        /// It answered what it must not: what is wrong, to follow "it".
        case badAnswer(String)
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
    /// Whether the breaker of a plug-in that is only watched has opened, where reading it costs nothing.
    private let isInTrouble = Atomic(false)
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
    ///   - flaw: what is wrong with an answer, to follow "it"; nil for a sound one.
    package func call<Answer, Failure: Error>(
        fault: (Failure) -> String? = { "\($0)" }, flaw: (Answer) -> String? = { _ in nil },
        _ body: () throws(Failure) -> Answer
    ) -> Outcome<Answer, Failure> {
        let begun = monitor.world.monotonicNanoseconds()
        guard !monitor.isQuarantined, breaker.withLock({ $0.admits(now: begun / 1_000_000) }) else {
            monitor.fellBack()
            return .off
        }
        var badAnswer: String?
        let (result, problem, took) = measure(
            begun, fault,
            flaw: { answer in
                badAnswer = flaw(answer)
                return badAnswer.map { "it \($0)" }
            }, body)
        if let problem {
            failed(problem, isSevere: took >= monitor.budget.stall)
        } else if breaker.withLock({ $0.succeeded() }) {
            containment.closed(self)
        }
        switch result {
        case .success(let answer): return badAnswer.map { .badAnswer($0) } ?? .answer(answer)
        case .failure(let error): return .failure(error)
        }
    }

    /// Calls the plug-in whatever it did before, where nothing could take its place: its breaker only tells that it is in
    /// trouble, after a single failure.
    ///
    /// - Parameters:
    ///   - fault: what a thrown error says against the plug-in; nil for one that is its work.
    ///   - sample: for how many calls its time stands, if it was counted already.
    package func watch<Answer, Failure: Error>(
        fault: (Failure) -> String?, sample: UInt64? = nil, _ body: () throws(Failure) -> Answer
    ) throws(Failure) -> Answer {
        let begun = monitor.world.monotonicNanoseconds()
        let (result, problem, took) = measure(begun, fault, flaw: { _ in nil }, sample: sample, body)
        if let problem {
            failed(problem, isSevere: true)
        } else if isInTrouble.load(ordering: .relaxed),
            breaker.withLock({ $0.admits(now: (begun + took) / 1_000_000) && $0.succeeded() })
        {
            isInTrouble.store(false, ordering: .relaxed)
            containment.closed(self)
        }
        return try result.get()
    }

    /// The same for calls that are many and short: all are counted, a few are timed, and one that does not come back is
    /// noticed only if it is one of those.
    func watchLightly<Answer, Failure: Error>(
        fault: (Failure) -> String?, _ body: () throws(Failure) -> Answer
    ) throws(Failure) -> Answer {
        if let sample = monitor.tally() ?? (isInTrouble.load(ordering: .relaxed) ? 1 : nil) {
            return try watch(fault: fault, sample: sample, body)
        }
        do throws(Failure) { return try body() } catch {
            if let problem = fault(error) {
                monitor.failed()
                failed(problem, isSevere: true)
            }
            throw error
        }
    }

    /// Calls the plug-in and counts what became of it. Answers also what is to be said against it, and how many nanoseconds
    /// it took.
    private func measure<Answer, Failure: Error>(
        _ begun: Int64, _ fault: (Failure) -> String?, flaw: (Answer) -> String?, sample: UInt64? = nil,
        _ body: () throws(Failure) -> Answer
    ) -> (result: Result<Answer, Failure>, problem: String?, took: Int64) {
        monitor.begin(self, at: begun)
        let outer = monitor.trace.enter()
        let result: Result<Answer, Failure>
        var problem: String?
        do throws(Failure) {
            let answer = try body()
            result = .success(answer)
            problem = flaw(answer)
        } catch {
            result = .failure(error)
            problem = fault(error)
        }
        monitor.trace.leave(to: outer)
        let end = monitor.world.monotonicNanoseconds()
        let took = end - begun
        if problem == nil, took > monitor.budget.limit { problem = "a call took \(took / 1_000_000) ms" }
        monitor.end(self, begun: begun, at: end, hasFailed: problem != nil, sample: sample)
        return (result, problem, took)
    }

    /// A call is still under way after its time.
    func stalled() { failed("a call has not come back for \(monitor.budget.stall / 1_000_000) ms", isSevere: true) }

    private func failed(_ problem: String, isSevere: Bool) {
        let now = monitor.world.monotonicNanoseconds() / 1_000_000
        guard breaker.withLock({ $0.failed(isSevere: isSevere, now: now) }) else { return }
        isInTrouble.store(true, ordering: .relaxed)
        containment.opened(self, because: problem)
    }
}
