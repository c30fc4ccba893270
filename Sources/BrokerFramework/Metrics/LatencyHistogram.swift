/// Durations counted by their size, in a part of a row of counters: several cores can each have a part of their own.
///
/// Recording costs a search among 17 bounds and two additions. Safe on any thread.
package struct LatencyHistogram: Sendable {
    /// The upper bounds of the buckets in nanoseconds, the last bucket having none.
    package static let bounds: [UInt64] = [
        50, 100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
        5_000_000, 10_000_000,
    ].map { $0 * 1000 }

    /// How many counters a histogram takes: its buckets, and the sum of the nanoseconds.
    package static let cellCount = 19

    private let cells: AtomicCells
    private let start: Int

    /// The histogram in the `cellCount` counters from `start` on.
    package init(cells: AtomicCells, start: Int = 0) {
        self.cells = cells
        self.start = start
    }

    /// A histogram with a row of its own.
    package init() { self.init(cells: AtomicCells(count: Self.cellCount)) }

    package func record(nanoseconds: UInt64) {
        cells.add(1, at: start + Self.bucket(of: nanoseconds))
        cells.add(nanoseconds, at: start + Self.cellCount - 1)
    }

    /// The first bucket whose bound is not below `nanoseconds`.
    @inline(__always)
    private static func bucket(of nanoseconds: UInt64) -> Int {
        switch nanoseconds {
        case ...1_000_000:
            nanoseconds <= 100_000
                ? (nanoseconds <= 50_000 ? 0 : 1)
                : nanoseconds <= 250_000 ? 2 : nanoseconds <= 500_000 ? 3 : 4
        case ...25_000_000:
            nanoseconds <= 5_000_000
                ? (nanoseconds <= 2_500_000 ? 5 : 6)
                : nanoseconds <= 10_000_000 ? 7 : 8
        case ...500_000_000:
            nanoseconds <= 100_000_000
                ? (nanoseconds <= 50_000_000 ? 9 : 10)
                : nanoseconds <= 250_000_000 ? 11 : 12
        case ...2_500_000_000: nanoseconds <= 1_000_000_000 ? 13 : 14
        case ...10_000_000_000: nanoseconds <= 5_000_000_000 ? 15 : 16
        default: 17
        }
    }

    package var snapshot: Snapshot {
        Snapshot(
            counts: (0..<Self.cellCount - 1).map { cells[start + $0] }, nanoseconds: cells[start + Self.cellCount - 1])
    }

    /// What was recorded up to some moment.
    package struct Snapshot: Hashable, Sendable {
        /// By bucket, not cumulative.
        package var counts: [UInt64]
        /// All durations together.
        package var nanoseconds: UInt64

        package init(
            counts: [UInt64] = Array(repeating: 0, count: LatencyHistogram.cellCount - 1), nanoseconds: UInt64 = 0
        ) {
            self.counts = counts
            self.nanoseconds = nanoseconds
        }

        package var total: UInt64 { counts.reduce(0, &+) }

        package static func + (left: Snapshot, right: Snapshot) -> Snapshot {
            Snapshot(counts: zip(left.counts, right.counts).map(&+), nanoseconds: left.nanoseconds &+ right.nanoseconds)
        }
    }
}
