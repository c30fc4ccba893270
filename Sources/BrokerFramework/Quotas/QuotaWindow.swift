/// How far back a quota looks, and in which steps: `quota.window.num` samples of `quota.window.size.seconds`.
package struct QuotaWindow: Hashable, Sendable {
    /// At least one.
    package let sampleCount: Int
    /// At least one.
    package let sampleMilliseconds: Int64

    package init(sampleCount: Int, sampleMilliseconds: Int64) {
        self.sampleCount = max(1, sampleCount)
        self.sampleMilliseconds = max(1, sampleMilliseconds)
    }

    /// How long something that happened is held against a client.
    package var milliseconds: Int64 {
        let (product, overflow) = Int64(sampleCount).multipliedReportingOverflow(by: sampleMilliseconds)
        return overflow ? Int64.max : product
    }
}

/// What is remembered of one client, or of what shares a quota, to hold it to the quota.
package protocol QuotaSensor: Sendable {
    /// A sensor of which nothing is known yet.
    init()

    /// Whether the sensor answers as a new one would, so that it can be forgotten.
    func isFresh(at now: Int64, in window: QuotaWindow) -> Bool
}

/// Milliseconds to wait, from a number that may be anything; at most what a client can be told.
func waitMilliseconds(_ value: Double) -> Int64 {
    guard value > 0 else { return 0 }
    return value < Double(Int32.max) ? Int64(value.rounded()) : Int64(Int32.max)
}
