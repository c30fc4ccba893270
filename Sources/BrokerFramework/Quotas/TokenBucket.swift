/// Tokens that come at a steady rate, up to what comes in a whole window, and may be overdrawn once (KIP-599).
package struct TokenBucket: QuotaSensor {
    /// What was taken and has not come back yet; above the bucket's size it is overdrawn.
    private var taken = 0.0
    private var refilled: Int64 = 0
    /// As it was last told.
    private var rate = 0.0

    package init() {}

    /// Takes tokens at `now`, in milliseconds; `rate` is how many come back in a second.
    package mutating func take(_ count: Double, rate: Double, at now: Int64, in window: QuotaWindow) {
        refill(rate: rate, at: now)
        taken += count
    }

    /// How long nothing may be taken until the bucket is no longer overdrawn; 0 if it is not.
    package mutating func debtMilliseconds(rate: Double, at now: Int64, in window: QuotaWindow) -> Int64 {
        refill(rate: rate, at: now)
        return waitMilliseconds(taken / rate * 1000 - Double(window.milliseconds))
    }

    package func isFresh(at now: Int64, in window: QuotaWindow) -> Bool { missing(at: now, rate) <= 0 }

    private mutating func refill(rate: Double, at now: Int64) {
        taken = max(0, missing(at: now, rate))
        refilled = now
        self.rate = rate
    }

    private func missing(at now: Int64, _ rate: Double) -> Double { taken - rate * Double(now - refilled) / 1000 }
}
