/// How bad the world is. The default is a good one: short, steady delays and no faults.
struct Faults {
    var delay: ClosedRange<Int64> = 5...5
    var loss = 0.0
    var duplication = 0.0
    /// The chance of a message to come seconds late, after others sent later.
    var straggling = 0.0
    var flushMilliseconds: Int64 = 0
    var timerLateness: Int64 = 0
    /// The chance of a crash between two effects of a step.
    var crashMidStep = 0.0
    var badSnapshot = 0.0
}

/// What happened, counted: a fault that never bites tests nothing.
struct Tally {
    enum Kind: Int, CaseIterable {
        case lost, duplicated, straggled, cutOff, partition, asymmetricPartition, isolation, crash, crashMidStep
        case lostUnsynced, restart, shutdown, resignation, snapshotTaken, snapshotInstalled, snapshotRejected
        case truncation, election, proposal, committed
    }

    var events = 0
    private(set) var counts = [Int](repeating: 0, count: Kind.allCases.count)

    mutating func note(_ kind: Kind, _ count: Int = 1) { counts[kind.rawValue] += count }

    subscript(kind: Kind) -> Int { counts[kind.rawValue] }

    mutating func add(_ other: Tally) {
        events += other.events
        for kind in Kind.allCases { note(kind, other[kind]) }
    }
}
