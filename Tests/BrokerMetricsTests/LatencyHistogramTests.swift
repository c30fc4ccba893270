import BrokerMetrics
import Testing

struct LatencyHistogramTests {
    /// The bucket by the definition: the first whose bound is not exceeded.
    private func expected(_ nanoseconds: UInt64) -> Int {
        LatencyHistogram.bounds.firstIndex { nanoseconds <= $0 } ?? LatencyHistogram.bounds.count
    }

    @Test func `a duration is counted in the first bucket whose bound it does not exceed`() {
        for bound in LatencyHistogram.bounds + [0, 1, .max] {
            for nanoseconds in [bound &- 1, bound, bound &+ 1] {
                let histogram = LatencyHistogram()
                histogram.record(nanoseconds: nanoseconds)
                #expect(histogram.snapshot.counts.firstIndex(of: 1) == expected(nanoseconds), "\(nanoseconds) ns")
                #expect(histogram.snapshot.nanoseconds == nanoseconds)
                #expect(histogram.snapshot.total == 1)
            }
        }
    }

    @Test func `histograms in one row of counters do not mix`() {
        let cells = AtomicCells(count: 2 * LatencyHistogram.cellCount)
        let first = LatencyHistogram(cells: cells)
        let second = LatencyHistogram(cells: cells, start: LatencyHistogram.cellCount)
        first.record(nanoseconds: .max)
        second.record(nanoseconds: 7)
        #expect(first.snapshot.counts.last == 1 && first.snapshot.total == 1)
        #expect(second.snapshot.counts.first == 1 && second.snapshot.nanoseconds == 7)
        #expect((first.snapshot + second.snapshot).total == 2)
    }

    @Test func `additions of many tasks are all counted`() async {
        let cells = AtomicCells(count: 3)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { for _ in 0..<10_000 { cells.add(2, at: 1) } } }
        }
        #expect((0..<3).map { cells[$0] } == [0, 160_000, 0])
    }
}
