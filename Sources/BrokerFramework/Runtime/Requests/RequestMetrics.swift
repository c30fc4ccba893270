package import BrokerMetrics
internal import BrokerNetwork
internal import BrokerPrimitives
package import BrokerWire
internal import Synchronization

/// What is counted of the requests of one API: how many, by version, how long they took, and which errors they got.
///
/// A request costs three additions and the answer one look at the clock. Connections are spread over some sets of
/// counters, so that cores seldom add to the same ones. Safe on any thread.
package final class RequestMetrics: Sendable {
    private static let setCount: UInt64 = 8
    private static let versionCount = 24
    /// A multiple of a cache line's 16 counters.
    private static let stride = (versionCount + LatencyHistogram.cellCount + 15) / 16 * 16

    package let key: APIKey
    private let cells = AtomicCells(count: Int(setCount) * stride)
    private let errors = Mutex<[ErrorCode: UInt64]>([:])

    private let now: @Sendable () -> Int64

    /// - Parameter now: monotonic nanoseconds, on the clock of the connections.
    package init(_ key: APIKey, now: @escaping @Sendable () -> Int64) {
        self.key = key
        self.now = now
    }

    private static func start(_ peer: Peer) -> Int { Int(peer.id % setCount) * stride }

    func received(version: Int16, from peer: Peer) {
        cells.add(1, at: Self.start(peer) + min(max(0, Int(version)), Self.versionCount - 1))
    }

    func answered(since arrival: Int64, to peer: Peer) {
        let nanoseconds = max(0, now() - arrival)
        LatencyHistogram(cells: cells, start: Self.start(peer) + Self.versionCount)
            .record(nanoseconds: UInt64(nanoseconds))
    }

    func failed(_ codes: [ErrorCode]) {
        errors.withLock { errors in for code in codes { errors[code, default: 0] += 1 } }
    }

    /// The samples of this API; none while it was never asked.
    package func collect(into page: inout MetricsPage) {
        var durations = LatencyHistogram.Snapshot()
        var counts = [UInt64](repeating: 0, count: Self.versionCount)
        for set in 0..<Int(Self.setCount) {
            let start = set * Self.stride
            for version in counts.indices { counts[version] &+= cells[start + version] }
            durations = durations + LatencyHistogram(cells: cells, start: start + Self.versionCount).snapshot
        }
        guard counts.contains(where: { $0 > 0 }) else { return }
        for (version, count) in counts.enumerated() where count > 0 {
            page.add(.requestCount, of: [key.name, "\(version)"], count)
        }
        page.add(.requestTime, of: [key.name], durations)
        for (code, count) in errors.withLock({ $0 }).sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            page.add(.requestErrors, of: [key.name, code.description], count)
        }
    }
}
