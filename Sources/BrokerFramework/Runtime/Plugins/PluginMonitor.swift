package import BrokerPluginAPI
internal import BrokerWorld
internal import Synchronization

/// Counts and times the calls of one plug-in, in whichever topics it is used, and knows which are under way.
///
/// Safe on any thread.
package final class PluginMonitor: Sendable {
    /// What was counted since the start.
    package struct Counts: Hashable, Sendable {
        package var calls: UInt64 = 0
        package var errors: UInt64 = 0
        package var nanoseconds: UInt64 = 0
        /// Calls that the fallback took.
        package var fallbacks: UInt64 = 0

        package init(calls: UInt64 = 0, errors: UInt64 = 0, nanoseconds: UInt64 = 0, fallbacks: UInt64 = 0) {
            self.calls = calls
            self.errors = errors
            self.nanoseconds = nanoseconds
            self.fallbacks = fallbacks
        }
    }

    package let kind: PluginKind
    package let name: String
    let budget: PluginBudget
    /// Whether the plug-in is off because it has ended the process again and again.
    package let isQuarantined: Bool
    let trace: PluginTrace
    let world: World

    private struct Call {
        let began: Int64
        let use: PluginUse
        var isReported = false
    }

    private struct State {
        var counts = Counts()
        var underWay: [Call] = []

        mutating func stalled(at now: Int64, limit: Int64) -> [PluginUse] {
            var stalled: [PluginUse] = []
            for index in underWay.indices where !underWay[index].isReported {
                guard now - underWay[index].began >= limit else { continue }
                underWay[index].isReported = true
                stalled.append(underWay[index].use)
            }
            return stalled
        }
    }

    /// So that threads do not wait for one another; each has one of them.
    private final class Stripe: Sendable {
        let state = Mutex(State())
        /// Calls that were only counted.
        let tally = Atomic<UInt64>(0)
    }

    /// Of calls that are too many to be timed, one in so many is, and stands for all.
    private static let sampling: UInt64 = 64

    private let stripes = (0..<8).map { _ in Stripe() }

    private var stripe: Stripe { stripes[PluginTrace.thread & 7] }

    init(
        kind: PluginKind, name: String, budget: PluginBudget, isQuarantined: Bool, trace: PluginTrace, world: World
    ) {
        self.kind = kind
        self.name = name
        self.budget = budget
        self.isQuarantined = isQuarantined
        self.trace = trace
        self.world = world
    }

    package var counts: Counts {
        stripes.reduce(into: Counts()) { sum, stripe in
            let counts = stripe.state.withLock { $0.counts }
            sum.calls &+= counts.calls &+ stripe.tally.load(ordering: .relaxed)
            sum.errors &+= counts.errors
            sum.nanoseconds &+= counts.nanoseconds
            sum.fallbacks &+= counts.fallbacks
        }
    }

    func begin(_ use: PluginUse, at now: Int64) {
        stripe.state.withLock { $0.underWay.append(Call(began: now, use: use)) }
    }

    /// Counts a call. Answers for how many its time is to stand, if it is one of those that are timed.
    func tally() -> UInt64? {
        stripe.tally.wrappingAdd(1, ordering: .relaxed).oldValue % Self.sampling == 0 ? Self.sampling : nil
    }

    /// A call that was only counted has failed.
    func failed() { stripe.state.withLock { $0.counts.errors &+= 1 } }

    /// On the thread that began.
    ///
    /// - Parameter sample: for how many calls its time stands, if it was counted already.
    func end(_ use: PluginUse, begun: Int64, at now: Int64, hasFailed: Bool, sample: UInt64?) {
        stripe.state.withLock { state in
            if sample == nil { state.counts.calls &+= 1 }
            state.counts.nanoseconds &+= UInt64(max(0, now - begun)) &* (sample ?? 1)
            if hasFailed { state.counts.errors &+= 1 }
            if let index = state.underWay.firstIndex(where: { $0.began == begun && $0.use === use }) {
                state.underWay.swapAt(index, state.underWay.count - 1)
                state.underWay.removeLast()
            }
        }
    }

    func fellBack() { stripe.state.withLock { $0.counts.fallbacks &+= 1 } }

    /// How many calls are over their time and still not back.
    var stuckCount: Int {
        stripes.reduce(0) { sum, stripe in sum + stripe.state.withLock { $0.underWay.count { $0.isReported } } }
    }

    /// Whether a call has been under way for as long as that, in nanoseconds.
    func isWaiting(for nanoseconds: Int64, at now: Int64) -> Bool {
        stripes.contains { stripe in
            stripe.state.withLock { $0.underWay.contains { now - $0.began >= nanoseconds } }
        }
    }

    /// The uses whose calls have not come back within the budget's stall, each told once.
    func stalled(at now: Int64) -> [PluginUse] {
        stripes.flatMap { stripe in stripe.state.withLock { $0.stalled(at: now, limit: budget.stall) } }
    }
}
