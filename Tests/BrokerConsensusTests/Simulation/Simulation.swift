@testable import BrokerConsensus

/// A run from one seed: a time in which anything may go wrong, then one in which enough is well and work must get done.
final class Simulation {
    struct Outcome {
        let tally: Tally
        let traceHash: UInt64
        let virtualMilliseconds: Int64
    }

    private enum Appointment {
        static let proposal = 0
        static let deed = 1
    }

    private let swarm: Swarm
    private let cluster: Cluster
    private var lastProposal: UInt64 = 0

    init(seed: UInt64) {
        swarm = Swarm(seed: seed)
        cluster = Cluster(
            voters: swarm.voters, observers: swarm.observers, seed: seed, configuration: swarm.configuration,
            faults: swarm.faults)
    }

    func narrate() -> Narrator {
        let narrator = Narrator { [cluster] in cluster.time }
        cluster.narrator = narrator
        return narrator
    }

    func run() throws -> Outcome {
        for id in cluster.ids { try cluster.start(id) }
        cluster.appoint(Appointment.proposal, in: 1)
        cluster.appoint(Appointment.deed, in: swarm.pace)
        try cluster.run(until: swarm.chaosMilliseconds) { appointment in
            switch appointment {
            case Appointment.proposal:
                try propose()
                cluster.appoint(Appointment.proposal, in: cluster.drawn(1...400))
            default:
                try act()
                cluster.appoint(Appointment.deed, in: cluster.drawn(1...2 * swarm.pace))
            }
        }
        try checkLiveness()
        var tally = cluster.tally
        tally.note(.election, cluster.nodes.compactMap { $0.replica.map { Int($0.epoch) } }.max() ?? 0)
        tally.note(.committed, Int(cluster.invariants.committed.endOffset))
        return Outcome(tally: tally, traceHash: cluster.traceHash, virtualMilliseconds: cluster.time)
    }

    private func pick<T>(_ choices: [T]) -> T? { choices.randomElement(using: &cluster.random) }

    /// Some node is asked to append; mostly one that believes to lead.
    private func propose() throws {
        let leaders = cluster.runningIDs.filter { cluster[$0].replica?.role.kind == .leader }
        guard let id = pick(cluster.chance(0.9) ? leaders : cluster.runningIDs), let replica = cluster[id].replica
        else {
            return
        }
        lastProposal += 1
        let counts = (0..<cluster.drawn(1...3)).map { _ in Int32(cluster.drawn(1...4)) }
        cluster.tally.note(.proposal)
        try cluster.step(
            id, .proposed(ProposalToken(value: lastProposal), epoch: replica.epoch, recordCounts: counts))
    }

    private func act() throws {
        guard let deed = pick(swarm.deeds) else { return }
        let ids = cluster.ids
        switch deed {
        case .crash:
            guard let id = pick(cluster.runningIDs) else { return }
            cluster.tally.note(.crash)
            cluster.crash(id)
        case .restart:
            guard let id = pick(ids.filter { !cluster[$0].isUp }) else { return }
            cluster.tally.note(.restart)
            try cluster.start(id)
        case .partition:
            cluster.tally.note(.partition)
            let side = ids.filter { _ in Bool.random(using: &cluster.random) }
            block(from: side, to: ids.filter { !side.contains($0) }, bothWays: true)
        case .asymmetricPartition:
            cluster.tally.note(.asymmetricPartition)
            let side = ids.filter { _ in Bool.random(using: &cluster.random) }
            block(from: side, to: ids.filter { !side.contains($0) }, bothWays: false)
        case .isolate:
            guard let id = pick([cluster.leader, pick(ids)].compactMap(\.self)) else { return }
            cluster.tally.note(.isolation)
            block(from: [id], to: ids.filter { $0 != id }, bothWays: true)
        case .heal:
            cluster.blocked = []
        case .snapshot:
            if let id = pick(cluster.runningIDs) { try cluster.takeSnapshot(id) }
        case .trim:
            guard let id = pick(cluster.runningIDs) else { return }
            try cluster.dropPrefix(id, snapshot: cluster[id].disk.snapshots.count - 1 - Int(cluster.drawn(0...1)))
        case .resign:
            guard let id = cluster.leader, let epoch = cluster[id].replica?.epoch else { return }
            cluster.tally.note(.resignation)
            try cluster.step(id, .resignationRequested(epoch: epoch))
        case .shutdown:
            guard let id = pick(cluster.runningIDs) else { return }
            try cluster.step(id, .shutdownRequested(timeoutMilliseconds: cluster.drawn(0...3000)))
        }
    }

    private func block(from: [Int32], to: [Int32], bothWays: Bool) {
        for source in from {
            for target in to {
                cluster.blocked.insert(Link(from: source, to: target))
                if bothWays { cluster.blocked.insert(Link(from: target, to: source)) }
            }
        }
    }

    /// Heals all, or a majority of the voters and leaves the rest cut off: within a minute a leader must commit a new
    /// record, and all that were healed must apply it.
    private func checkLiveness() throws {
        cluster.faults = Faults()
        cluster.blocked = []
        var core = cluster.ids
        if swarm.healsOnlyMajority {
            let lost = cluster.voters.ids.shuffled(using: &cluster.random).prefix(
                cluster.voters.count - cluster.voters.majority)
            core.removeAll { lost.contains($0) }
            block(from: Array(lost), to: core, bothWays: true)
        }
        for id in core { try cluster.start(id) }
        let end = cluster.time + 60_000
        var goal: Int64?
        while cluster.time < end {
            // Those that were about to stop when the faults ended may still do so.
            for id in core where !cluster[id].isUp { try cluster.start(id) }
            try cluster.run(until: cluster.time + 200)
            if let goal, core.allSatisfy({ cluster[$0].appliedOffset >= goal }) { return }
            guard let leader = cluster.leader, core.contains(leader), let replica = cluster[leader].replica,
                case .leader(let role) = replica.role, role.isEstablished
            else { continue }
            if let goal, replica.log.endOffset >= goal { continue }
            lastProposal += 1
            try cluster.step(
                leader, .proposed(ProposalToken(value: lastProposal), epoch: replica.epoch, recordCounts: [1]))
            goal = cluster[leader].replica?.log.endOffset
        }
        throw Violation(
            name: "Liveness",
            detail: "no progress with \(core): "
                + cluster.nodes.map { "\($0.key.id) \($0.replica?.role.kind.rawValue ?? "down") \($0.appliedOffset)" }
                .joined(separator: ", "))
    }
}
