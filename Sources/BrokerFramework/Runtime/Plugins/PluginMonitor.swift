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
    }

    private let state = Mutex(State())

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

    package var counts: Counts { state.withLock { $0.counts } }

    func begin(_ use: PluginUse, at now: Int64) {
        state.withLock { $0.underWay.append(Call(began: now, use: use)) }
    }

    func end(_ use: PluginUse, begun: Int64, at now: Int64, hasFailed: Bool) {
        state.withLock { state in
            state.counts.calls &+= 1
            state.counts.nanoseconds &+= UInt64(max(0, now - begun))
            if hasFailed { state.counts.errors &+= 1 }
            if let index = state.underWay.firstIndex(where: { $0.began == begun && $0.use === use }) {
                state.underWay.swapAt(index, state.underWay.count - 1)
                state.underWay.removeLast()
            }
        }
    }

    /// A call that did what it should in form, but answered what it must not.
    func answeredBadly() { state.withLock { $0.counts.errors &+= 1 } }

    func fellBack() { state.withLock { $0.counts.fallbacks &+= 1 } }

    /// How many calls are over their time and still not back.
    var stuckCount: Int { state.withLock { state in state.underWay.count { $0.isReported } } }

    /// The uses whose calls have not come back within the budget's stall, each told once.
    func stalled(at now: Int64) -> [PluginUse] {
        state.withLock { state in
            var stalled: [PluginUse] = []
            for index in state.underWay.indices where !state.underWay[index].isReported {
                guard now - state.underWay[index].began >= budget.stall else { continue }
                state.underWay[index].isReported = true
                stalled.append(state.underWay[index].use)
            }
            return stalled
        }
    }
}
