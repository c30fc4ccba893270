/// How much was used of something a second, over the last samples.
///
/// A client is measured from its first use on, over one sample at least; so it holds its limit from the beginning,
/// where Kafka lets it go unmeasured until it has used a whole window's worth. What it did not use within the window
/// it may use later.
package struct RateMeter: QuotaSensor {
    private struct Sample {
        var start: Int64
        var amount: Double
    }

    /// Oldest first; each begins when something is used and the one before it is complete.
    private var samples: [Sample] = []

    package init() {}

    /// Notes a use at `now`, in milliseconds on a clock that never goes back.
    package mutating func record(_ amount: Double, at now: Int64, in window: QuotaWindow) {
        forget(before: now, window)
        if let last = samples.last, now - last.start < window.sampleMilliseconds {
            samples[samples.count - 1].amount += amount
        } else {
            samples.append(Sample(start: now, amount: amount))
        }
    }

    /// How long nothing may be used until the rate is `limit` a second again; 0 while it is not above.
    ///
    /// That is (rate − limit) ÷ limit × the time measured.
    package mutating func debtMilliseconds(limit: Double, at now: Int64, in window: QuotaWindow) -> Int64 {
        forget(before: now, window)
        guard let first = samples.first else { return 0 }
        let used = samples.reduce(0) { $0 + $1.amount }
        let measured = max(now - first.start, window.sampleMilliseconds)
        return waitMilliseconds(used / limit * 1000 - Double(measured))
    }

    package func isFresh(at now: Int64, in window: QuotaWindow) -> Bool {
        samples.last.map { now - $0.start >= window.milliseconds } ?? true
    }

    private mutating func forget(before now: Int64, _ window: QuotaWindow) {
        let gone = samples.prefix { now - $0.start >= window.milliseconds }.count
        if gone > 0 { samples.removeFirst(gone) }
    }
}
