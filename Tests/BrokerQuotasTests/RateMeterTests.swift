import BrokerQuotas
import BrokerTestKit
import Testing

struct RateMeterTests {
    private let window = QuotaWindow(sampleCount: 11, sampleMilliseconds: 1000)

    /// The same, told as plainly as possible: every use is kept, and the samples are cut anew each time.
    private struct Model {
        var uses: [(time: Int64, amount: Double)] = []

        func debt(limit: Double, at now: Int64, _ window: QuotaWindow) -> Int64 {
            var samples: [(start: Int64, amount: Double)] = []
            for use in uses {
                samples.removeAll { use.time - $0.start >= window.milliseconds }
                if let last = samples.last, use.time < last.start + window.sampleMilliseconds {
                    samples[samples.count - 1].amount += use.amount
                } else {
                    samples.append((use.time, use.amount))
                }
            }
            samples.removeAll { now - $0.start >= window.milliseconds }
            guard let oldest = samples.first else { return 0 }
            let seconds = Double(max(now - oldest.start, window.sampleMilliseconds)) / 1000
            let rate = samples.map(\.amount).reduce(0, +) / seconds
            guard rate > limit else { return 0 }
            return Int64(((rate - limit) / limit * seconds * 1000).rounded())
        }
    }

    @Test(arguments: 0..<50 as Range<UInt64>)
    func `the wait is (rate − limit) ÷ limit × the time measured`(seed: UInt64) {
        var generator = SplitMix(seed: seed)
        let window = QuotaWindow(
            sampleCount: Int.random(in: 1...12, using: &generator),
            sampleMilliseconds: Int64.random(in: 1...3000, using: &generator))
        var (meter, model, now) = (RateMeter(), Model(), Int64.random(in: 0...1_000_000, using: &generator))
        for _ in 0..<200 {
            now += Int64.random(in: 0...[0, 10, 1500, 20_000].randomElement(using: &generator)!, using: &generator)
            if Bool.random(using: &generator) {
                let amount = Double.random(in: 0...1000, using: &generator)
                meter.record(amount, at: now, in: window)
                model.uses.append((now, amount))
            }
            let limit = Double.random(in: 1...2000, using: &generator)
            let (debt, expected) = (
                meter.debtMilliseconds(limit: limit, at: now, in: window), model.debt(limit: limit, at: now, window)
            )
            #expect(abs(debt - expected) <= 1, "seed \(seed)")
        }
    }

    /// A client that takes all it can, in pieces, and waits as it is told.
    @Test(arguments: [1000, 10_000, 250_000, 1_000_000, 1_048_576], [10, 30, 120])
    func `a greedy client gets its limit, and no more than a piece beyond it`(piece: Int, seconds: Int64) {
        let limit = 1_048_576.0
        var (meter, now, used) = (RateMeter(), Int64(5), 0.0)
        while now < 5 + seconds * 1000 {
            used += Double(piece)
            meter.record(Double(piece), at: now, in: window)
            // One millisecond for the request itself.
            now += 1 + meter.debtMilliseconds(limit: limit, at: now, in: window)
        }
        let allowed = limit * Double(seconds)
        #expect(used <= allowed + limit + Double(piece))
        #expect(used >= allowed * 0.97 || Double(piece) < limit / 1000)
    }

    @Test func `clients that share a quota share its bytes`() {
        var (meter, used) = (RateMeter(), 0.0)
        var next: [Int64] = [0, 0, 0, 0]
        while let now = next.min(), now < 60_000, let client = next.firstIndex(of: now) {
            used += 1000
            meter.record(1000, at: now, in: window)
            next[client] = now + 1 + meter.debtMilliseconds(limit: 10_000, at: now, in: window)
        }
        #expect((590_000...620_000).contains(used))
    }

    @Test func `what was not used may be used later, within the window`() {
        var meter = RateMeter()
        meter.record(100, at: 0, in: window)
        meter.record(4800, at: 5000, in: window)
        #expect(meter.debtMilliseconds(limit: 1000, at: 5000, in: window) == 0)
        meter.record(1100, at: 5000, in: window)
        #expect(meter.debtMilliseconds(limit: 1000, at: 5000, in: window) == 1000)
    }

    @Test func `a meter is as new once everything has left the window`() {
        var meter = RateMeter()
        #expect(meter.isFresh(at: 0, in: window))
        meter.record(1e9, at: 100, in: window)
        #expect(!meter.isFresh(at: 11_099, in: window))
        #expect(meter.isFresh(at: 11_100, in: window))
        #expect(meter.debtMilliseconds(limit: 1, at: 11_100, in: window) == 0)
    }

    @Test func `no amount or limit is too much for a wait`() {
        var meter = RateMeter()
        meter.record(.greatestFiniteMagnitude, at: 0, in: window)
        meter.record(.greatestFiniteMagnitude, at: 0, in: window)
        #expect(meter.debtMilliseconds(limit: .leastNonzeroMagnitude, at: 0, in: window) == Int64(Int32.max))
        #expect(meter.debtMilliseconds(limit: .greatestFiniteMagnitude, at: 0, in: window) >= 0)
    }
}
