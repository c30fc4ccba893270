import BrokerModel
import BrokerPrimitives
import Testing

@testable import BrokerClient

/// A group of members on virtual time, with messages that are late or lost, applications that stall, die and come, and
/// topics that grow.
private struct GroupSimulation {
    private enum Action {
        case request(GroupMember.Effect)
        case event(GroupMember.Event)
        case poll
        case tick
        case handOver([TopicPartition])
    }

    struct Application {
        var member: GroupMember
        var held: Set<TopicPartition> = []
        var isAlive = true
        var stallsUntil: Int64 = 0
    }

    private var queue: [(time: Int64, place: Int, action: Action)] = []
    private(set) var applications: [Application] = []
    private var coordinator = ModelCoordinator()
    private var generator: SeededGenerator
    private var now: Int64 = 0
    var counts: [String: PartitionIndex] = ["t": 5, "u": 3]
    var hasFaults = true
    private let assignors: [any PartitionAssignor]

    init(seed: UInt64, assignors: [any PartitionAssignor]) {
        generator = SeededGenerator(seed: seed)
        self.assignors = assignors
    }

    var live: [Application] { applications.filter(\.isAlive) }

    mutating func random(_ range: Range<Int>) -> Int { Int.random(in: range, using: &generator) }

    mutating func addApplication() {
        applications.append(Application(member: GroupMember(settings: MemberBench.settings(assignors: assignors))))
        give(applications.count - 1, .subscribed(["t", "u"], followsNewTopics: false))
        after(random(0..<500), applications.count - 1, .poll)
    }

    /// - Parameter leaves: else it is killed.
    mutating func end(_ place: Int, leaves: Bool) {
        guard applications[place].isAlive else { return }
        if leaves { give(place, .left) }
        applications[place].isAlive = false
        applications[place].held = []
    }

    mutating func stall(_ place: Int, for milliseconds: Int64) { applications[place].stallsUntil = now + milliseconds }

    private mutating func after(_ milliseconds: Int, _ place: Int, _ action: Action) {
        queue.append((now + Int64(milliseconds), place, action))
    }

    mutating func run(for milliseconds: Int64) {
        let end = now + milliseconds
        while true {
            let next = queue.indices.min { queue[$0].time < queue[$1].time }
            let time = min(next.map { queue[$0].time } ?? .max, (now / 100 + 1) * 100)
            guard time <= end else { break }
            now = time
            if let next, queue[next].time == time {
                let (_, place, action) = queue.remove(at: next)
                perform(place, action)
            } else {
                deliver(coordinator.expire(now: now))
                for place in applications.indices where applications[place].isAlive {
                    if let wake = applications[place].member.wakeAt, wake <= now { perform(place, .tick) }
                }
            }
            expectNoTwoOwners()
        }
        now = end
    }

    private mutating func perform(_ place: Int, _ action: Action) {
        guard applications[place].isAlive || isDeparture(action) else { return }
        switch action {
        case .request(let effect): request(place, effect)
        case .event(let event): give(place, event)
        case .tick: give(place, .ticked(isPolling: false))
        case .poll:
            if applications[place].stallsUntil <= now { give(place, .polled) }
            after(random(20..<400), place, .poll)
        case .handOver(let partitions):
            applications[place].held.subtract(partitions)
            give(place, .handedOver)
        }
    }

    private func isDeparture(_ action: Action) -> Bool {
        if case .request(.leave) = action { true } else { false }
    }

    private mutating func give(_ place: Int, _ event: GroupMember.Event) {
        let effects = applications[place].member.handle(event, now: now, random: generator.next())
        for effect in effects {
            switch effect {
            case .revoke(let partitions), .lose(let partitions): after(random(0..<100), place, .handOver(partitions))
            case .assign(let partitions): applications[place].held.formUnion(partitions)
            case .fail(let error): Issue.record("the application was told: \(error)")
            default: after(random(1..<60), place, .request(effect))
            }
        }
    }

    /// A request arrives, or does not, and so does its answer.
    private mutating func request(_ place: Int, _ effect: GroupMember.Effect) {
        let fault = hasFaults ? random(0..<40) : 99
        let closed = ClientError(.connectionClosed, "lost")
        switch effect {
        case .findCoordinator:
            after(5, place, .event(fault == 0 ? .coordinatorLookupFailed(closed) : .coordinatorFound))
        case .countPartitions(let request, let topics):
            let found = counts.filter { topics.contains($0.key) }
            after(
                5, place, .event(.partitionsCounted(request: request, fault == 0 ? .failure(closed) : .success(found))))
        case .join(let request, let message):
            if fault == 0 { return after(20, place, .event(.joined(request: request, .failure(closed)))) }
            deliver(coordinator.join(message, to: place, request: request, now: now))
            // Answered by now or not: this comes first or is of no account.
            if fault == 1 { after(0, place, .event(.joined(request: request, .failure(closed)))) }
        case .sync(let request, let message):
            if fault == 0 { return after(20, place, .event(.synced(request: request, .failure(closed)))) }
            deliver(coordinator.sync(message, to: place, request: request, now: now))
            if fault == 1 { after(0, place, .event(.synced(request: request, .failure(closed)))) }
        case .heartbeat(let request, let message):
            let answer: Result<ErrorCode, ClientError> =
                fault == 0
                ? .failure(closed)
                : fault == 1 ? .success(.notCoordinator) : .success(coordinator.heartbeat(message, now: now))
            after(5, place, .event(.heartbeatAnswered(request: request, answer)))
        case .leave(let message): if fault > 0 { deliver(coordinator.leave(message, now: now)) }
        case .revoke, .lose, .assign, .fail: break
        }
    }

    private mutating func deliver(_ replies: [ModelCoordinator.Reply]) {
        for reply in replies { after(random(1..<60), reply.to, .event(reply.event)) }
    }

    /// Among those the coordinator still counts as members, nobody holds what another one holds.
    private func expectNoTwoOwners() {
        var owners: [TopicPartition: Int] = [:]
        for (place, application) in applications.enumerated() where application.isAlive {
            guard coordinator.knows(application.member.memberID), !application.member.isLost else { continue }
            for partition in application.held {
                if let other = owners.updateValue(place, forKey: partition) {
                    Issue.record("\(partition) is held by \(other) and \(place) at \(now)")
                }
            }
        }
    }
}

@Suite struct GroupSimulationTests {
    private static let choices: [[any PartitionAssignor]] = [
        [RangeAssignor()], [CooperativeStickyAssignor()], [RoundRobinAssignor(), RangeAssignor()], [StickyAssignor()],
    ]

    @Test(arguments: 0..<4, 0..<12)
    func `whatever happens, nobody shares a partition, and the group comes to rest with all of them`(
        choice: Int, seed: Int
    ) {
        var group = GroupSimulation(seed: UInt64(seed), assignors: Self.choices[choice])
        for _ in 0..<3 { group.addApplication() }
        for _ in 0..<25 {
            group.run(for: Int64(group.random(100..<20_000)))
            let place = group.random(0..<group.applications.count)
            switch group.random(0..<6) {
            case 0: group.addApplication()
            case 1: group.end(place, leaves: true)
            case 2: group.end(place, leaves: false)
            case 3: group.stall(place, for: Int64(group.random(1_000..<90_000)))
            case 4: group.counts["u", default: 0] += 1
            default: break
            }
        }
        group.addApplication()
        group.hasFaults = false
        group.run(for: 300_000)
        #expect(group.live.allSatisfy { $0.member.isSettled })
        let all = group.live.flatMap(\.held)
        let wanted = group.counts.flatMap { topic, count in (0..<count).map { partition($0, topic) } }
        #expect(all.count == wanted.count)
        #expect(Set(all) == Set(wanted))
        #expect(group.live.allSatisfy { $0.held == Set($0.member.owned) })
        // Range evens out topic by topic.
        let loads = group.live.map(\.held.count)
        let spread = (loads.max() ?? 0) - (loads.min() ?? 0)
        #expect(spread <= (choice == 0 ? 2 : 1))
    }
}
