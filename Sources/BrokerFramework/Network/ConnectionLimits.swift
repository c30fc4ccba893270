internal import Synchronization

/// What one connection may take.
package struct ConnectionLimits: Sendable {
    /// `socket.request.max.bytes`.
    package var maximumFrameByteCount: Int
    /// `queued.max.requests`, per connection.
    package var maximumUnansweredRequests: Int
    /// `connections.max.idle.ms`; nil for no limit.
    package var idleMilliseconds: Int64?

    package init(maximumFrameByteCount: Int, maximumUnansweredRequests: Int, idleMilliseconds: Int64?) {
        self.maximumFrameByteCount = maximumFrameByteCount
        self.maximumUnansweredRequests = maximumUnansweredRequests
        self.idleMilliseconds = idleMilliseconds
    }
}

/// How many connections may be open at a time.
package struct ConnectionMaximum: Sendable {
    /// `max.connections`.
    package var total: Int
    /// `max.connections.per.ip`.
    package var perHost: Int
    /// `max.connections.per.ip.overrides`, by address.
    package var byHost: [String: Int]

    package init(total: Int, perHost: Int, byHost: [String: Int] = [:]) {
        self.total = total
        self.perHost = perHost
        self.byHost = byHost
    }

    func of(_ host: String) -> Int { byHost.isEmpty ? perHost : byHost[host] ?? perHost }
}

/// The bytes of requests that are in hand, over all connections.
final class InFlightBudget: Sendable {
    private let limit: Int
    private let taken = Atomic<Int>(0)

    init(limit: Int) { self.limit = limit }

    var isExhausted: Bool { taken.load(ordering: .relaxed) >= limit }
    func take(_ byteCount: Int) { taken.wrappingAdd(byteCount, ordering: .relaxed) }
    func release(_ byteCount: Int) { taken.wrappingSubtract(byteCount, ordering: .relaxed) }
}

/// How many connections are open, in all and by address.
final class ConnectionCounts: Sendable {
    private struct Counts {
        var maximum: ConnectionMaximum
        var all = 0
        var byHost: [String: Int] = [:]
    }

    private let counts: Mutex<Counts>

    init(_ maximum: ConnectionMaximum) { counts = Mutex(Counts(maximum: maximum)) }

    /// From now on holds for connections to come; those that are open stay.
    func limit(to maximum: ConnectionMaximum) { counts.withLock { $0.maximum = maximum } }

    /// Counts a connection, unless it is one too many.
    func open(from host: String) -> Bool {
        counts.withLock { counts in
            guard counts.all < counts.maximum.total, counts.byHost[host, default: 0] < counts.maximum.of(host) else {
                return false
            }
            counts.all += 1
            counts.byHost[host, default: 0] += 1
            return true
        }
    }

    func close(from host: String) {
        counts.withLock { counts in
            counts.all -= 1
            counts.byHost[host, default: 1] -= 1
            if counts.byHost[host] == 0 { counts.byHost[host] = nil }
        }
    }
}
