import BrokerModel

/// Finds an assignment that is as even as subscriptions allow, from who had what before, with few moves.
///
/// Everybody keeps what they had; what is free goes to whoever has least; then partitions move along chains of members,
/// from one that has too many to one that has at least two fewer, until there is no such chain. An assignment without
/// one is the most even there is. What was free moves first: so a rebalance that only completes the one before, with
/// the partitions that changed hands, takes nothing from anybody.
struct StickyBalancer {
    private let group: GroupSubscription
    /// Places in `group.members`, by topic.
    private let subscribers: [String: [Int]]
    private let topics: [(topic: String, count: PartitionIndex, members: [Int])]
    /// Who had a partition, if that is clear.
    private var owner: [TopicPartition: Int] = [:]
    private var held: [[String: [PartitionIndex]]]
    private var load: [Int]

    /// - Parameter claims: what each of `group.members` says it had, and in which generation.
    init(_ group: GroupSubscription, claims: [(partitions: [TopicPartition], generation: Int32)]) {
        self.group = group
        topics = group.subscribers
        subscribers = Dictionary(uniqueKeysWithValues: topics.map { ($0.topic, $0.members) })
        held = Array(repeating: [:], count: group.members.count)
        load = Array(repeating: 0, count: group.members.count)
        settle(claims)
    }

    /// The youngest generation is right; where two claim the same in one generation, neither is.
    private mutating func settle(_ claims: [(partitions: [TopicPartition], generation: Int32)]) {
        var youngest: [TopicPartition: (owner: Int?, generation: Int32)] = [:]
        for (place, claim) in claims.enumerated() {
            for partition in Set(claim.partitions) {
                guard let other = youngest[partition], other.generation >= claim.generation else {
                    youngest[partition] = (place, claim.generation)
                    continue
                }
                if other.generation == claim.generation { youngest[partition] = (nil, claim.generation) }
            }
        }
        owner = youngest.compactMapValues(\.owner)
    }

    var assignment: [String: [TopicPartition]] {
        var assignment: [String: [TopicPartition]] = [:]
        for (place, member) in group.members.enumerated() {
            assignment[member.id] = held[place].flatMap { topic, partitions in
                partitions.map { TopicPartition(topic: topic, partition: $0) }
            }.sorted()
        }
        return assignment
    }

    mutating func balance() {
        var free: [(topic: String, partition: PartitionIndex, takers: [Int])] = []
        for (topic, count, members) in topics {
            let takers = Set(members)
            for partition in 0..<count {
                if let place = owner[TopicPartition(topic: topic, partition: partition)], takers.contains(place) {
                    give(topic, partition, to: place)
                } else {
                    free.append((topic, partition, members))
                }
            }
        }
        // What few may have comes first, while there is still a choice.
        free.sort { ($0.takers.count, $0.topic, $0.partition) < ($1.takers.count, $1.topic, $1.partition) }
        for (topic, partition, takers) in free {
            if let place = takers.min(by: { load[$0] < load[$1] }) { give(topic, partition, to: place) }
        }
        even(movingOwned: false)
        even(movingOwned: true)
    }

    private mutating func give(_ topic: String, _ partition: PartitionIndex, to place: Int) {
        held[place][topic, default: []].append(partition)
        load[place] += 1
    }

    // MARK: Evening out

    /// One step of a chain: from a member, by a partition of a topic.
    private struct Step {
        var member: Int
        var topic: String
    }

    private mutating func even(movingOwned: Bool) {
        // Those that cannot be relieved, until somebody else's partitions have moved.
        var stuck: Set<Int> = []
        var hasMoved = false
        while true {
            // One partition at a time from whoever has most: exhausting one member could leave it with too few.
            guard let heavy = load.indices.filter({ !stuck.contains($0) }).max(by: { load[$0] < load[$1] }) else {
                guard hasMoved else { return }
                stuck = []
                hasMoved = false
                continue
            }
            if let (chain, light) = relief(of: heavy, movingOwned: movingOwned) {
                move(along: chain, to: light)
                hasMoved = true
            } else {
                stuck.insert(heavy)
            }
        }
    }

    private func isOwned(_ topic: String, _ partition: PartitionIndex, by member: Int) -> Bool {
        owner[TopicPartition(topic: topic, partition: partition)] == member
    }

    /// The shortest chain from a member to one that has at least two partitions fewer, if there is one; the lightest
    /// such member at that distance.
    private func relief(of heavy: Int, movingOwned: Bool) -> (chain: [Step], light: Int)? {
        var arrivals: [Int: Step] = [:]
        var seenTopics: Set<String> = []
        var frontier = [heavy]
        while !frontier.isEmpty {
            var next: [Int] = []
            for member in frontier {
                for topic in held[member].keys.sorted() where !seenTopics.contains(topic) {
                    let partitions = held[member][topic] ?? []
                    guard movingOwned || partitions.contains(where: { !isOwned(topic, $0, by: member) }) else {
                        continue
                    }
                    seenTopics.insert(topic)
                    for taker in subscribers[topic] ?? [] where taker != heavy && arrivals[taker] == nil {
                        arrivals[taker] = Step(member: member, topic: topic)
                        next.append(taker)
                    }
                }
            }
            if let light = next.min(by: { load[$0] < load[$1] }), load[light] <= load[heavy] - 2 {
                var chain: [Step] = []
                var place = light
                while let step = arrivals[place] {
                    chain.append(step)
                    place = step.member
                }
                return (chain, light)
            }
            frontier = next
        }
        return nil
    }

    /// - Parameter chain: its steps from the last to the first.
    private mutating func move(along chain: [Step], to light: Int) {
        var taker = light
        for step in chain {
            guard var partitions = held[step.member][step.topic] else { continue }
            let owners = partitions.map { owner[TopicPartition(topic: step.topic, partition: $0)] }
            // Best is one that comes home, then one that is not at home here.
            let index =
                owners.lastIndex { $0 == taker } ?? owners.lastIndex { $0 != step.member } ?? partitions.count - 1
            let partition = partitions.remove(at: index)
            held[step.member][step.topic] = partitions.isEmpty ? nil : partitions
            load[step.member] -= 1
            give(step.topic, partition, to: taker)
            taker = step.member
        }
    }
}
