/// Waits that double with every failure in a row, up to a limit, and vary by a fifth so that clients that failed
/// together do not come back together.
struct Backoff: Sendable, Hashable {
    var firstMilliseconds: Int64
    var limitMilliseconds: Int64

    /// The wait after `failures` failures in a row.
    ///
    /// - Parameters:
    ///   - failures: 1 or more; less counts as 1.
    ///   - random: any 64 bits.
    func wait(afterFailures failures: Int, random: UInt64) -> Int64 {
        let doublings = min(max(failures - 1, 0), 40)
        let (product, overflow) = max(firstMilliseconds, 1).multipliedReportingOverflow(by: 1 << Int64(doublings))
        let base = overflow ? limitMilliseconds : min(product, limitMilliseconds)
        // 80 % to 120 %.
        let percent = Int64(80 + random % 41)
        return max(1, base / 100 * percent + base % 100 * percent / 100)
    }
}

extension ClientConfiguration {
    /// The waits before a request is tried again.
    var retryBackoff: Backoff {
        Backoff(firstMilliseconds: retryBackoffMilliseconds, limitMilliseconds: retryBackoffMaximumMilliseconds)
    }

    /// The waits before a broker is connected to again.
    var reconnectBackoff: Backoff {
        Backoff(firstMilliseconds: reconnectBackoffMilliseconds, limitMilliseconds: reconnectBackoffMaximumMilliseconds)
    }
}
