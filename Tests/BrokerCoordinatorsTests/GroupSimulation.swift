import BrokerCoordinators
import BrokerPrimitives
import BrokerTestKit
import BrokerWire
import NIOCore
import Testing

/// Members that join, sync, live, commit, die and come back at random, against a shard whose writes may be slow or fail
/// and whose broker may crash. Beside their group "g" there is "simple", in which offsets are kept by whoever wants,
/// run out, are renewed and are deleted. What clients are told must fit together.
final class GroupSimulation {
    /// A client of the group, as it sees itself.
    struct Client {
        var memberID = ""
        var generation: Int32 = -1
        var instance: String?
        var join: CallToken?
        var sync: CallToken?
        /// Whom it was told to assign to, if it leads its generation.
        var led: [JoinGroupResponse.JoinGroupResponseMember] = []

        /// What it is called in assignments: an instance keeps its share under any id.
        var name: String { instance ?? memberID }
    }

    let bench: GroupBench
    var random: SplitMix
    var clients: [Client] = []
    /// The shares that the leader of each generation has given out.
    var sent: [Int32: Set<String>] = [:]
    var commits: [CallToken: Int64] = [:]
    var nextOffset: Int64 = 0
    var highestGeneration: Int32 = 0
    var stableCount = 0
    var shareCount = 0
    var deletionCount = 0
    /// Whether a write has failed since the shard was loaded, so that it may know more than the log.
    var hasFailed = false

    init(seed: UInt64) {
        random = SplitMix(seed: seed)
        bench = GroupBench {
            $0.initialRebalanceDelay = 500
            $0.offsetsRetention = 5_000
            $0.retentionCheckInterval = 1_000
        }
        for number in 0..<5 { clients.append(Client(instance: number < 2 ? "static \(number)" : nil)) }
    }

    func run(steps: Int) throws {
        for step in 0..<steps {
            try act()
            hear()
            #expect(bench.answeredTwice.isEmpty, "A call was answered twice.")
            #expect(bench.forgottenTooSoon.isEmpty, "An offset was forgotten before its time.")
            if bench.state() == .stable { stableCount += 1 }
            // A group that was deleted begins anew, and what its leaders will say is not known yet.
            let generation = bench.shard.groups["g"]?.generation ?? 0
            sent = sent.filter { $0.key <= generation }
            if step % 97 == 96 { try crash() }
        }
        try finish()
    }

    private func act() throws {
        let index = random.number(0...(clients.count - 1))
        switch random.number(0...23) {
        case 0...5: join(index)
        case 6...9: sync(index)
        case 10...12: heartbeat(index)
        case 13: commit(index)
        case 14:
            bench.advance(Int64(random.number(1...4_000)))
        case 15: bench.advance(Int64(random.number(1...100)))
        case 16: bench.holdsWrites = random.number(0...2) == 0
        case 17, 18:
            if !bench.held.isEmpty {
                let fails = random.number(0...5) == 0
                if fails { hasFailed = true }
                bench.decide(fails ? .kafkaStorageError : nil)
            }
        case 19:
            nextOffset += 1
            commits[bench.commit("simple", nextOffset)] = nextOffset
        case 20: delete()
        case 21: if random.number(0...3) == 0 { bench.join("simple", session: 6_000, rebalance: 2_000, version: 3) }
        // An instance is started again, and does not know who it was.
        case 22: clients[index % 2] = Client(instance: clients[index % 2].instance)
        default:
            if random.number(0...3) == 0 {
                _ = bench.leave("g", clients[index].memberID, instance: clients[index].instance)
            }
            clients[index] = Client(instance: clients[index].instance)
        }
        if !bench.holdsWrites { while !bench.held.isEmpty { bench.decide(nil) } }
    }

    private func delete() {
        let call = bench.delete(random.number(0...3) == 0 ? "g" : "simple")
        if bench.deleted(call) != .groupIdNotFound, bench.deleted(call) != .nonEmptyGroup { deletionCount += 1 }
    }

    private func join(_ index: Int) {
        guard clients[index].join == nil, clients[index].sync == nil else { return }
        clients[index].join = bench.join(
            member: clients[index].memberID, instance: clients[index].instance, session: 6_000,
            rebalance: index == 0 ? 0 : 8_000)
    }

    private func sync(_ index: Int) {
        let client = clients[index]
        guard client.generation > 0, client.join == nil, client.sync == nil else { return }
        var assignments: [String: String] = [:]
        // Counts only if the shard takes it: a leader of a past generation decides nothing.
        if !client.led.isEmpty, sent[client.generation] == nil, let group = bench.shard.groups["g"],
            group.state == .completingRebalance, group.generation == client.generation,
            group.leader == client.memberID
        {
            for member in client.led {
                assignments[member.memberID] = "\(client.generation)/\(member.groupInstanceID ?? member.memberID)"
            }
            sent[client.generation] = Set(assignments.values)
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
        for (call, offset) in commits {
            guard let code = bench.committed(call) else { continue }
            commits[call] = nil
            guard code == .none else { continue }
            let isWritten = bench.log.contains { record in
                if case .offsetCommit(_, let value?) = record { value.offset == offset } else { false }
            }
            #expect(isWritten, "A commit was acknowledged before it was written down.")
        }
    }

    private func hear(_ reply: JoinGroupResponse, _ index: Int) {
        switch reply.errorCode {
        case .none:
            #expect(reply.generationID > 0)
            if let group = bench.shard.groups["g"], group.generation > 0 {
                #expect(reply.generationID <= group.generation)
            }
            highestGeneration = max(highestGeneration, reply.generationID)
            clients[index].memberID = reply.memberID
            clients[index].generation = reply.generationID
            let leads = reply.leader == reply.memberID && !reply.skipAssignment && !reply.members.isEmpty
            clients[index].led = leads ? reply.members : []
            if leads {
                #expect(
                    Set(reply.members.map(\.memberID)).contains(reply.memberID), "A leader is among its members.")
            }
        case .memberIdRequired: clients[index].memberID = reply.memberID
        case .unknownMemberId, .fencedInstanceId: clients[index] = Client(instance: clients[index].instance)
        case .rebalanceInProgress, .notCoordinator, .coordinatorNotAvailable: break
        default: Issue.record("A join was refused with \(reply.errorCode).")
        }
    }

    private func hear(_ reply: SyncGroupResponse, _ index: Int) {
        let client = clients[index]
        switch reply.errorCode {
        case .none:
            let shares = sent[client.generation]
            #expect(shares != nil, "A member was told its share before the leader had decided.")
            let own = "\(client.generation)/\(client.name)"
            #expect(
                String(buffer: reply.assignment) == (shares?.contains(own) == true ? own : ""),
                "A member was told what is not its share.")
            if reply.assignment.readableBytes > 0 { shareCount += 1 }
        case .unknownMemberId, .fencedInstanceId: clients[index] = Client(instance: client.instance)
        case .illegalGeneration, .rebalanceInProgress, .notCoordinator: clients[index].generation = -1
        default: Issue.record("A sync was refused with \(reply.errorCode).")
        }
    }

    /// The broker is gone with all that was not written down, and another one loads the log.
    private func crash() throws {
        let before = bench.shard
        let wasQuiet = bench.held.isEmpty
        try bench.crash()
        for index in clients.indices where clients[index].join != nil || clients[index].sync != nil {
            clients[index] = Client(instance: clients[index].instance)
        }
        commits = [:]
        // What a generation's leader has sent and was not committed may be sent again.
        sent = sent.filter { $0.key <= bench.shard.groups["g"]?.generation ?? 0 }
        if let group = bench.shard.groups["g"] {
            #expect(group.state == .empty || group.state == .stable)
            if wasQuiet, before.groups["g"]?.state == .stable {
                #expect(group.generation == before.groups["g"]?.generation)
                #expect(bench.shard.describe("g") == before.describe("g"))
            }
        }
        if wasQuiet {
            #expect(bench.shard.offsets == before.offsets)
            if !hasFailed { expectSameGroups(before) }
        }
        hasFailed = false
    }

    /// Every group that rests is known to the other broker, and no other group.
    private func expectSameGroups(_ before: GroupShard) {
        let known = bench.shard.list(states: [])
        // Ids that were given out and have not come back make a group that nobody writes down.
        let resting = before.list(states: ["Empty", "Stable"]).filter {
            !$0.protocolType.isEmpty || before.offsets[$0.groupID] != nil
        }
        #expect(resting.allSatisfy(known.contains), "A group is known to this broker and not to the log.")
        let all = Set(before.list(states: []).map(\.groupID))
        #expect(known.allSatisfy { all.contains($0.groupID) }, "A group is known to the log and not to this broker.")
    }

    /// After enough time everybody has been answered, and nothing is kept for those who are gone.
    private func finish() throws {
        bench.holdsWrites = false
        while !bench.held.isEmpty { bench.decide(nil) }
        bench.advance(700_000)
        hear()
        #expect(bench.unanswered.isEmpty, "Calls were never answered.")
        #expect(bench.shard.groups.isEmpty, "A group outlived its members and its offsets.")
        #expect(bench.shard.offsets.isEmpty, "Offsets outlived the group.")
    }
}

@Suite("Random lives of a group")
struct GroupSimulationTests {
    @Test("Whatever members, disk and broker do, what clients are told fits together", arguments: 1...20)
    func lives(seed: UInt64) throws {
        let simulation = GroupSimulation(seed: seed)
        try simulation.run(steps: 3_000)
        #expect(simulation.highestGeneration > 2)
        #expect(simulation.stableCount > 0, "The members never came to an agreement: nothing was tested.")
        #expect(simulation.shareCount > 0 && simulation.deletionCount > 0, "Nothing was tested.")
    }
}
