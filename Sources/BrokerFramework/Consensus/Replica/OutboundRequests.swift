/// The requests under way: at most one per node, with a time limit, and a pause after a failure.
struct OutboundRequests: Hashable, Sendable {
    private enum State: Hashable, Sendable {
        case waiting(CorrelationID, deadline: Int64)
        case backingOff(until: Int64)
    }
    private struct Slot: Hashable, Sendable {
        let node: Int32
        let state: State
    }

    private var slots: [Slot] = []
    private var lastCorrelation: UInt64 = 0

    func isReady(_ node: Int32) -> Bool { !slots.contains { $0.node == node } }

    var isWaitingForAnyone: Bool {
        slots.contains { if case .waiting = $0.state { true } else { false } }
    }

    mutating func begin(with node: Int32, deadline: Int64) -> CorrelationID {
        lastCorrelation += 1
        let correlation = CorrelationID(value: lastCorrelation)
        set(node, .waiting(correlation, deadline: deadline))
        return correlation
    }

    /// Ends the request `correlation`: which node it was sent to, nil if it is no longer waited for.
    mutating func end(_ correlation: CorrelationID) -> Int32? {
        let index = slots.firstIndex {
            if case .waiting(correlation, _) = $0.state { true } else { false }
        }
        guard let index else { return nil }
        return slots.remove(at: index).node
    }

    mutating func backOff(from node: Int32, until deadline: Int64) { set(node, .backingOff(until: deadline)) }

    /// Forgets lost requests and pauses that are over.
    mutating func expire(now: Int64) {
        slots.removeAll { Self.deadline(of: $0) <= now }
    }

    /// Forgets everything; answers still to come are ignored.
    mutating func reset() { slots = [] }

    var nextDeadline: Int64? { slots.map(Self.deadline(of:)).min() }

    private static func deadline(of slot: Slot) -> Int64 {
        switch slot.state {
        case .waiting(_, let deadline), .backingOff(let deadline): deadline
        }
    }

    private mutating func set(_ node: Int32, _ state: State) {
        slots.removeAll { $0.node == node }
        slots.append(Slot(node: node, state: state))
    }
}
