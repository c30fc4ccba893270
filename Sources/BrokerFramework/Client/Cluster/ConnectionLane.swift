internal import Synchronization

/// Somebody's own connections to the brokers of a cluster, beside those that all share.
///
/// A broker answers each connection in order. Whoever asks for what may take long, such as a fetch that waits for
/// records, asks on a lane of their own, and holds up nobody else.
final class ConnectionLane: Sendable {
    private let closed = Atomic(false)

    var isClosed: Bool { closed.load(ordering: .acquiring) }

    func close() { closed.store(true, ordering: .releasing) }
}

extension ConnectionLane: Hashable {
    static func == (one: ConnectionLane, other: ConnectionLane) -> Bool { one === other }

    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
