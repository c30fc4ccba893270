@testable import BrokerConsensus

/// What a seed's world looks like: its size, how it is tuned, and which faults it knows at all (swarm testing: leaving
/// some out lets the others reach further).
struct Swarm {
    let voters: Int
    let observers: Int
    let configuration: RaftConfiguration
    let faults: Faults
    let deeds: [Deed]
    /// The mean time between deeds.
    let pace: Int64
    let chaosMilliseconds: Int64
    /// Whether at the end only a majority is healed, and the rest stays as it is.
    let healsOnlyMajority: Bool

    /// What is done to a cluster on purpose.
    enum Deed: CaseIterable {
        case crash, restart, partition, asymmetricPartition, isolate, heal, snapshot, trim, resign, shutdown
    }

    init(seed: UInt64) {
        var random = RaftRandom(seed: seed &* 0x9E37_79B9 &+ 77)
        let isOn = { (random: inout RaftRandom) in Bool.random(using: &random) }
        voters = [1, 2, 3, 3, 3, 4, 5, 5][Int.random(in: 0..<8, using: &random)]
        observers = Int.random(in: 0...2, using: &random)
        var configuration = RaftConfiguration()
        if isOn(&random) { configuration.fetchMaxBytes = Int32.random(in: 1...600, using: &random) }
        configuration.fetchSnapshotMaxBytes = Int32.random(in: 300...2000, using: &random)
        if isOn(&random) { configuration.maxUncommittedRecords = 20 }
        if isOn(&random) { configuration.maxParkedFetches = Int.random(in: 0...2, using: &random) }
        self.configuration = configuration

        var faults = Faults()
        let least = Int64.random(in: 1...40, using: &random)
        faults.delay = least...(least + Int64.random(in: 0...120, using: &random))
        if isOn(&random) { faults.loss = Double.random(in: 0...0.3, using: &random) }
        if isOn(&random) { faults.duplication = Double.random(in: 0...0.3, using: &random) }
        if isOn(&random) { faults.straggling = Double.random(in: 0...0.1, using: &random) }
        if isOn(&random) { faults.flushMilliseconds = Int64.random(in: 0...400, using: &random) }
        if isOn(&random) { faults.timerLateness = Int64.random(in: 0...100, using: &random) }
        if isOn(&random) { faults.crashMidStep = Double.random(in: 0...0.02, using: &random) }
        if isOn(&random) { faults.badSnapshot = 0.3 }
        self.faults = faults
        deeds = Deed.allCases.filter { $0 == .restart || $0 == .heal || isOn(&random) }
        pace = Int64.random(in: 100...1200, using: &random)
        chaosMilliseconds = Int64.random(in: 5_000...30_000, using: &random)
        healsOnlyMajority = isOn(&random)
    }
}
