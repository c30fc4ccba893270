import BrokerQuotas
import Testing

struct SensorTableTests {
    private let window = QuotaWindow(sampleCount: 10, sampleMilliseconds: 1000)

    /// Notes a use and answers the debt.
    private func use(
        _ table: inout SensorTable<String, RateMeter>, _ key: String, _ amount: Double, at now: Int64,
        isNamed: Bool = false
    ) -> Int64 {
        table.with(key, isNamed: isNamed, at: now) { meter in
            meter.record(amount, at: now, in: window)
            return meter.debtMilliseconds(limit: 100, at: now, in: window)
        }
    }

    @Test func `each client is measured by itself`() {
        var table = SensorTable<String, RateMeter>(capacity: 10, window: window)
        #expect(use(&table, "a", 300, at: 0) == 2000)
        #expect(use(&table, "b", 50, at: 0) == 0)
        #expect(use(&table, "a", 100, at: 0) == 3000)
    }

    @Test func `invented names fill no memory, and share what is left`() {
        var table = SensorTable<String, RateMeter>(capacity: 10, window: window)
        var worst: Int64 = 0
        for number in 0..<10_000 { worst = max(worst, use(&table, "client \(number)", 1, at: 0)) }
        #expect(table.count == 10)
        #expect(worst == 98_900, "9990 of them used one sensor")
        #expect(use(&table, "client 3", 1, at: 0) == 0, "who has a sensor keeps it")
    }

    @Test func `who has a quota under its own name always has a place`() {
        var table = SensorTable<String, RateMeter>(capacity: 2, window: window)
        for number in 0..<100 { _ = use(&table, "client \(number)", 1000, at: 0) }
        #expect(use(&table, "named", 50, at: 0, isNamed: true) == 0)
        #expect(use(&table, "named", 150, at: 0, isNamed: true) == 1000)
    }

    @Test func `clients that have gone are forgotten`() {
        var table = SensorTable<String, RateMeter>(capacity: 10, window: window)
        for number in 0..<10 { _ = use(&table, "client \(number)", 1000, at: 0) }
        _ = use(&table, "late", 1, at: 9_999)
        #expect(table.count == 10)
        #expect(use(&table, "later", 1, at: 10_000) == 0)
        #expect(table.count == 1)
    }
}
