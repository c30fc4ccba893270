import Foundation
import Testing

@Suite struct SimulationTests {
    /// How many seeds to run, and from which on: `SIM_SEEDS`, `SIM_FIRST_SEED`.
    static let seedCount = environment("SIM_SEEDS") ?? 300
    static let firstSeed = environment("SIM_FIRST_SEED") ?? 1

    static func environment(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap { Int($0) } }

    @Test func `whatever goes wrong, nothing committed is lost, and a healed majority goes on`() async {
        let share = (Self.seedCount + 1) / 2
        let totals = await withTaskGroup(of: Report.self) { group in
            for part in 0..<2 {
                let first = Self.firstSeed + part * share
                group.addTask { Report(seeds: first..<min(first + share, Self.firstSeed + Self.seedCount)) }
            }
            return await group.reduce(into: Report(seeds: 0..<0)) { $0.add($1) }
        }
        for failure in totals.failures.prefix(5) { Issue.record("\(failure)") }
        print(totals.summary)
        if Self.seedCount >= 300 {
            for kind in Tally.Kind.allCases { #expect(totals.tally[kind] > 0, "\(kind) never happened") }
        }
    }

    /// What happened in the run of `SIM_TELL_SEED`, told in words up to where it failed.
    @Test(.enabled(if: environment("SIM_TELL_SEED") != nil)) func `one seed is told`() throws {
        let simulation = Simulation(seed: UInt64(Self.environment("SIM_TELL_SEED") ?? 0))
        let narrator = simulation.narrate()
        defer { print(narrator.take().joined(separator: "\n")) }
        _ = try simulation.run()
    }

    @Test func `the same seed gives the same run`() throws {
        for seed in UInt64(1)...10 {
            let first = try Simulation(seed: seed).run()
            let second = try Simulation(seed: seed).run()
            #expect(first.traceHash == second.traceHash)
            #expect(first.tally.events == second.tally.events)
        }
    }
}

/// What a range of seeds came to.
struct Report {
    private(set) var tally = Tally()
    private(set) var failures: [String] = []
    private var seedCount = 0
    private var virtualMilliseconds: Int64 = 0

    init(seeds: Range<Int>) {
        for seed in seeds {
            seedCount += 1
            do {
                let outcome = try Simulation(seed: UInt64(seed)).run()
                tally.add(outcome.tally)
                virtualMilliseconds += outcome.virtualMilliseconds
            } catch {
                failures.append("seed \(seed): \(error)")
            }
        }
    }

    mutating func add(_ other: Report) {
        tally.add(other.tally)
        failures += other.failures
        seedCount += other.seedCount
        virtualMilliseconds += other.virtualMilliseconds
    }

    var summary: String {
        let counts = Tally.Kind.allCases.map { "\($0) \(tally[$0])" }.joined(separator: ", ")
        return """
            \(seedCount) seeds, \(failures.count) failed, \(tally.events) events, \(virtualMilliseconds / 1000) s of virtual time
            \(counts)
            """
    }
}
