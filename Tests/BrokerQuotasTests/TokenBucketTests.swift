import BrokerQuotas
import BrokerTestKit
import Testing

struct TokenBucketTests {
    private let window = QuotaWindow(sampleCount: 11, sampleMilliseconds: 1000)

    @Test func `a window's worth may be taken at once, and overdrawn once`() {
        var bucket = TokenBucket()
        bucket.take(22, rate: 2, at: 0, in: window)
        #expect(bucket.debtMilliseconds(rate: 2, at: 0, in: window) == 0)
        bucket.take(10, rate: 2, at: 0, in: window)
        #expect(bucket.debtMilliseconds(rate: 2, at: 0, in: window) == 5000)
        #expect(bucket.debtMilliseconds(rate: 2, at: 4000, in: window) == 1000)
        #expect(bucket.debtMilliseconds(rate: 2, at: 5000, in: window) == 0)
    }

    /// Against tokens counted upwards from an empty bucket, as KIP-599 tells it.
    @Test(arguments: 0..<50 as Range<UInt64>)
    func `it holds what comes in, up to its size, less what is taken`(seed: UInt64) {
        var generator = SplitMix(seed: seed)
        let rate = Double.random(in: 0.1...50, using: &generator)
        let size = rate * 11
        var (bucket, tokens, now) = (TokenBucket(), size, Int64.random(in: 0...1000, using: &generator))
        for _ in 0..<200 {
            let pause = Int64.random(in: 0...2000, using: &generator)
            now += pause
            tokens = min(size, tokens + rate * Double(pause) / 1000)
            let debt = bucket.debtMilliseconds(rate: rate, at: now, in: window)
            #expect(abs(Double(debt) - max(0, -tokens / rate * 1000)) <= 1, "seed \(seed)")
            guard debt == 0 else { continue }
            let count = Double(Int.random(in: 0...20, using: &generator))
            bucket.take(count, rate: rate, at: now, in: window)
            tokens -= count
        }
    }

    @Test func `it is as new when it is full again`() {
        var bucket = TokenBucket()
        #expect(bucket.isFresh(at: 0, in: window))
        bucket.take(50, rate: 2, at: 0, in: window)
        #expect(!bucket.isFresh(at: 24_999, in: window))
        #expect(bucket.isFresh(at: 25_000, in: window))
    }
}
