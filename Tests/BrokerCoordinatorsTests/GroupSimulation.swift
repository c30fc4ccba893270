import BrokerCoordinators
import BrokerPrimitives
import BrokerTestKit
import BrokerWire
import NIOCore
import Testing

/// Members that join, sync, live, commit, die and come back at random, against a shard whose writes may be slow or fail
/// and whose broker may crash. What they are told must fit together.
final class GroupSimulation {
    /// A client of the group, as it sees itself.
    struct Client {
        var memberID = ""
        var generation: Int32 = -1
        var instance: String?
        var join: CallToken?
        var sync: CallToken?
        var isAlive = true
    }

    let bench: GroupBench
    var random: SplitMix
    var clients: [Client] = []
    /// What the leader of each generation has sent, by member.
    var sent: [Int32: [String: String]] = [:]
    /// Who was told to lead each generation.
    var leaders: [Int32: Set<String>] = [:]
    /// What each acknowledged commit said, the newest last.
    var acknowledged: Int64 = -1
    var commits: [CallToken: Int64] = [:]
    var nextOffset: Int64 = 0
    var highestGeneration: Int32 = 0
    var stableCount = 0

    init(seed: UInt64) {
        random = SplitMix(seed: seed)
        bench = GroupBench { $0.initialRebalanceDelay = 500 }
        for number in 0..<5 { clients.append(Client(instance: number == 0 ? "static" : nil)) }
    }

    func run(steps: Int) throws {
        for step in 0..<steps {
            try act()
            hear()
            #expect(bench.answeredTwice.isEmpty, "A call was answered twice.")
            if bench.state() == .stable { stableCount += 1 }
            if step % 97 == 96 { try crash() }
        }
        try finish()
    }

    private func act() throws {
        let index = random.number(0...(clients.count - 1))
        switch random.number(0...19) {
        case 0...5: join(index)
        case 6...9: sync(index)
        case 10...12: heartbeat(index)
        case 13: commit(index)
        case 14:
            bench.advance(Int64(random.number(1...4_000)))
        case 15: bench.advance(Int64(random.number(1...100)))
        case 16: bench.holdsWrites = random.number(0...2) == 0
        case 17, 18:
            if !bench.held.isEmpty { bench.decide(random.number(0...5) == 0 ? .kafkaStorageError : nil) }
        default:
            if random.number(0...3) == 0 {
                _ = bench.leave("g", clients[index].memberID, instance: clients[index].instance)
            }
            clients[index] = Client(instance: clients[index].instance)
        }
        if !bench.holdsWrites { while !bench.held.isEmpty { bench.decide(nil) } }
    }

    private func join(_ index: Int) {
        guard clients[index].join == nil, clients[index].sync == nil else { return }
        clients[index].join = bench.join(
            member: clients[index].memberID, instance: clients[index].instance, session: 6_000, rebalance: 8_000)
    }

    private func sync(_ index: Int) {
        let client = clients[index]
        guard client.generation > 0, client.join == nil, client.sync == nil else { return }
        var assignments: [String: String] = [:]
        if leaders[client.generation]?.contains(client.memberID) == true, sent[client.generation] == nil,
            let members = bench.shard.groups["g"].map({ _ in clients.map(\.memberID).filter { !$0.isEmpty } })
        {
            for member in members { assignments[member] = "\(client.generation)/\(member)" }
            // Counts only if the shard takes it: a leader of a past generation decides nothing.
            if bench.shard.groups["g"]?.generation == client.generation,
                bench.shard.groups["g"]?.leader == client.memberID
            {
                sent[client.generation] = assignments
            }
        }
        clients[index].sync = bench.sync(
            "g", client.memberID, client.generation, assigning: assignments, instance: client.instance)
    }

    private func heartbeat(_ index: Int) {
        let client = clients[index]
        guard client.generation > 0, client.join == nil else { return }
        let code = bench.heartbeat("g", client.memberID, client.generation, instance: client.instance)
        if code == .unknownMemberId || code == .fencedInstanceId {
            clients[index] = Client(instance: client.instance)
        }
    }

    private func commit(_ index: Int) {
        let client = clients[index]
        guard client.generation > 0, client.join == nil else { return }
        nextOffset += 1
        commits[bench.commit("g", nextOffset, member: client.memberID, generation: client.generation)] = nextOffset
    }

    /// The clients read what they were answered.
    private func hear() {
        for index in clients.indices {
            if let call = clients[index].join, let reply = bench.joined(call) {
                clients[index].join = nil
                hear(reply, index)
            }
            if let call = clients[index].sync, let reply = bench.synced(call) {
                clients[index].sync = nil
                hear(reply, index)
            }
        }
        for (call, offset) in commits where bench.committed(call) == ErrorCode.none {
            acknowledged = max(acknowledged, offset)
            commits[call] = nil
        }
    }

    private func hear(_ reply: JoinGroupResponse, _ index: Int) {
        switch reply.errorCode {
        case .none:
            #expect(reply.generationID > 0)
            #expect(reply.generationID <= (bench.shard.groups["g"]?.generation ?? 0))
            highestGeneration = max(highestGeneration, reply.generationID)
            clients[index].memberID = reply.memberID
            clients[index].generation = reply.generationID
            if reply.leader == reply.memberID, !reply.skipAssignment, !reply.members.isEmpty {
                leaders[reply.generationID, default: []].insert(reply.memberID)
                #expect(
                    Set(reply.members.map(\.memberID)).contains(reply.memberID), "A leader is among its members.")
            }
        case .memberIdRequired: clients[index].memberID = reply.memberID
        case .unknownMemberId, .fencedInstanceId: clients[index] = Client(instance: clients[index].instance)
        case .rebalanceInProgress, .notCoordinator, .coordinatorNotAvailable: break
        default: Issue.record("A member was refused with \(reply.errorCode).")
        }
    }

    private func hear(_ reply: SyncGroupResponse, _ index: Int) {
        let client = clients[index]
        switch reply.errorCode {
        case .none:
            let text = String(buffer: reply.assignment)
            #expect(sent[client.generation] != nil, "A member was told its share before the leader had decided.")
            // Nothing, if it joined after the leader looked; otherwise its own share of its own generation.
            if !text.isEmpty {
                let generation = Int32(text.split(separator: "/")[0]) ?? -1
                #expect(generation == client.generation, "An assignment of another generation was told.")
                #expect(sent[generation]?.values.contains(text) == true, "Nobody has sent this assignment.")
            }
        case .unknownMemberId, .fencedInstanceId: clients[index] = Client(instance: client.instance)
        case .illegalGeneration, .rebalanceInProgress, .notCoordinator: clients[index].generation = -1
        default: Issue.record("A sync was refused with \(reply.errorCode).")
        }
    }

    /// The broker is gone with all that was not written down, and another one loads the log.
    private func crash() throws {
        let before = bench.shard
        let wasQuiet = bench.held.isEmpty
        bench.held = []
        bench.shard = try bench.reloaded()
        for index in clients.indices where clients[index].join != nil || clients[index].sync != nil {
            clients[index] = Client(instance: clients[index].instance)
        }
        commits = [:]
        // What a generation's leader has sent and was not committed may be sent again.
        if let group = bench.shard.groups["g"] {
            #expect(group.state == .empty || group.state == .stable)
            sent = sent.filter { $0.key <= group.generation }
            leaders = leaders.filter { $0.key <= group.generation }
            if wasQuiet, before.groups["g"]?.state == .stable {
                #expect(group.generation == before.groups["g"]?.generation)
                #expect(bench.shard.describe("g") == before.describe("g"))
            }
        }
        #expect((bench.shard.committed("g", "t", 0)?.offset ?? -1) >= acknowledged, "An acknowledged offset is lost.")
        if wasQuiet { #expect(bench.shard.offsets == before.offsets) }
    }

    /// After enough time everybody has been answered, and nothing is kept for those who are gone.
    private func finish() throws {
        bench.holdsWrites = false
        while !bench.held.isEmpty { bench.decide(nil) }
        bench.advance(700_000)
        hear()
        for client in clients { #expect(client.join == nil && client.sync == nil, "A call was never answered.") }
        #expect(bench.shard.groups["g"].map { $0.memberCount } ?? 0 == 0, "A member outlived its session.")
    }
}

@Suite("Random lives of a group")
struct GroupSimulationTests {
    @Test("Whatever members, disk and broker do, what members are told fits together", arguments: 1...20)
    func lives(seed: UInt64) throws {
        let simulation = GroupSimulation(seed: seed)
        try simulation.run(steps: 3_000)
        #expect(simulation.highestGeneration > 5)
        #expect(simulation.stableCount > 0, "The members never came to an agreement: nothing was tested.")
    }
}
