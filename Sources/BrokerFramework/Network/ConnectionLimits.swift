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
        var all = 0
        var byHost: [String: Int] = [:]
    }

    private let maximum: Int
    private let maximumPerHost: Int
    private let counts = Mutex(Counts())

    init(maximum: Int, maximumPerHost: Int) {
        self.maximum = maximum
        self.maximumPerHost = maximumPerHost
    }

    /// Counts a connection, unless it is one too many.
    func open(from host: String) -> Bool {
        counts.withLock { counts in
            guard counts.all < maximum, counts.byHost[host, default: 0] < maximumPerHost else { return false }
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
