import BrokerModel
import NIOCore
import Testing

@testable import BrokerClient

private typealias Member = GroupSubscription.Member

private func partitions(_ topic: String, _ indices: PartitionIndex...) -> [TopicPartition] {
    indices.map { TopicPartition(topic: topic, partition: $0) }
}

/// What a group's members hold over several rebalances, as a coordinator and its clients would have it.
private struct Group {
    var topics: [String: [String]] = [:]
    var held: [String: [TopicPartition]] = [:]
    var generation: Int32 = 0
    var counts: [String: PartitionIndex] = [:]

    func subscription(_ assignor: any PartitionAssignor) -> GroupSubscription {
        GroupSubscription(
            members: topics.keys.sorted().map { id in
                Member(
                    id: id, topics: topics[id] ?? [], owned: assignor.isCooperative ? held[id] ?? [] : [],
                    generation: held[id] == nil ? -1 : generation,
                    userData: assignor.userData(previous: held[id] ?? [], generation: held[id] == nil ? -1 : generation)
                )
            }, partitionCounts: counts)
    }

    mutating func rebalance(_ assignor: any PartitionAssignor) {
        let assignment = assignor.assign(subscription(assignor))
        generation += 1
        held = Dictionary(uniqueKeysWithValues: topics.keys.map { ($0, assignment[$0] ?? []) })
    }

    /// Everything that is subscribed to and exists.
    var wanted: Set<TopicPartition> {
        Set(
            Set(topics.values.joined()).flatMap { topic in
                (0..<(counts[topic] ?? 0)).map { TopicPartition(topic: topic, partition: $0) }
            })
    }
    var loads: [Int] { held.values.map(\.count) }

    func expectNoneTwiceAndNoneUnasked() {
        let all = held.values.joined()
        #expect(Set(all).count == all.count)
        for (member, partitions) in held {
            #expect(partitions.allSatisfy { topics[member]?.contains($0.topic) ?? false && wanted.contains($0) })
        }
    }

    func expectComplete() {
        expectNoneTwiceAndNoneUnasked()
        #expect(Set(held.values.joined()) == wanted)
    }

    static func random(_ generator: inout SeededGenerator, sameTopics: Bool) -> Group {
        var group = Group()
        for number in 0..<Int.random(in: 1...4, using: &generator) {
            group.counts["topic\(number)"] = PartitionIndex.random(in: 1...9, using: &generator)
        }
        for number in 0..<Int.random(in: 1...6, using: &generator) {
            let topics = sameTopics ? group.counts.keys.sorted() : group.randomTopics(&generator)
            group.topics["member\(number)"] = topics
        }
        return group
    }

    func randomTopics(_ generator: inout SeededGenerator) -> [String] {
        counts.keys.sorted().filter { _ in Bool.random(using: &generator) }
    }
}

/// Chance that can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }
}

private let every: [any PartitionAssignor] = [
    RangeAssignor(), RoundRobinAssignor(), StickyAssignor(), CooperativeStickyAssignor(),
]

@Suite struct AssignorTests {
    @Test func `names are Kafka's`() {
        #expect(every.map(\.name) == ["range", "roundrobin", "sticky", "cooperative-sticky"])
        #expect(every.map(\.isCooperative) == [false, false, false, true])
    }

    @Test func `range gives runs, topic by topic, and the first members one more`() {
        let group = GroupSubscription(
            members: [Member(id: "b", topics: ["t", "u"]), Member(id: "a", topics: ["u", "t"])],
            partitionCounts: ["t": 3, "u": 3])
        let expected = [
            "a": partitions("t", 0, 1) + partitions("u", 0, 1), "b": partitions("t", 2) + partitions("u", 2),
        ]
        #expect(RangeAssignor().assign(group) == expected)
    }

    @Test func `roundrobin deals all topics out in one go, past those who do not want them`() {
        let group = GroupSubscription(
            members: [
                Member(id: "a", topics: ["t"]), Member(id: "b", topics: ["t", "u"]), Member(id: "c", topics: ["u"]),
            ],
            partitionCounts: ["t": 3, "u": 3])
        let expected = [
            "a": partitions("t", 0, 2), "b": partitions("t", 1) + partitions("u", 0, 2), "c": partitions("u", 1),
        ]
        #expect(RoundRobinAssignor().assign(group) == expected)
    }

    @Test func `static members are served by instance id, before the others`() {
        let group = GroupSubscription(
            members: [
                Member(id: "a", topics: ["t"]), Member(id: "z", instanceID: "2", topics: ["t"]),
                Member(id: "b", instanceID: "3", topics: ["t"]),
            ], partitionCounts: ["t": 3])
        #expect(
            RangeAssignor().assign(group) == [
                "z": partitions("t", 0), "b": partitions("t", 1), "a": partitions("t", 2),
            ])
    }

    @Test(arguments: 0..<4)
    func `every partition goes to one subscriber, whatever the group is like`(index: Int) {
        for seed in 0..<200 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var group = Group.random(&generator, sameTopics: false)
            for _ in 0..<6 {
                group.rebalance(every[index])
                group.expectNoneTwiceAndNoneUnasked()
                // What moves between members takes a second rebalance.
                if every[index].isCooperative { group.rebalance(every[index]) }
                group.expectComplete()
                change(&group, &generator)
            }
        }
    }

    private func change(_ group: inout Group, _ generator: inout SeededGenerator) {
        switch Int.random(in: 0..<4, using: &generator) {
        case 0 where group.topics.count > 1:
            if let gone = group.topics.keys.sorted().randomElement(using: &generator) {
                group.topics[gone] = nil
                group.held[gone] = nil
            }
        case 1:
            group.counts["topic\(group.counts.count)"] = 3
        case 2:
            if let topic = group.counts.keys.sorted().randomElement(using: &generator) {
                group.counts[topic, default: 0] += 2
            }
        default:
            group.topics["member\(Int.random(in: 10..<1_000, using: &generator))"] = group.randomTopics(&generator)
        }
    }

    @Test(arguments: [1, 2, 3])
    func `members with the same topics differ by one at most`(index: Int) {
        for seed in 0..<200 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var group = Group.random(&generator, sameTopics: true)
            for _ in 0..<5 {
                group.rebalance(every[index])
                if every[index].isCooperative { group.rebalance(every[index]) }
                #expect((group.loads.max() ?? 0) - (group.loads.min() ?? 0) <= 1)
                let topics = group.counts.keys.sorted()
                group.topics["member\(Int.random(in: 10..<1_000, using: &generator))"] = topics
                if let gone = group.topics.keys.sorted().randomElement(using: &generator), group.topics.count > 2 {
                    group.topics[gone] = nil
                    group.held[gone] = nil
                }
            }
        }
    }

    @Test func `sticky moves no more than a newcomer's share, and nothing that one who stays could keep`() {
        for assignor in [StickyAssignor(), CooperativeStickyAssignor()] as [any PartitionAssignor] {
            var group = Group(topics: ["a": ["t"], "b": ["t"], "c": ["t"]], counts: ["t": 12])
            group.rebalance(assignor)
            var before = group.held
            group.topics["d"] = ["t"]
            group.rebalance(assignor)
            group.rebalance(assignor)
            group.expectComplete()
            #expect(group.loads == [3, 3, 3, 3])
            for member in ["a", "b", "c"] {
                #expect(Set(group.held[member] ?? []).isSubset(of: before[member] ?? []))
            }
            before = group.held
            group.topics["b"] = nil
            group.held["b"] = nil
            group.rebalance(assignor)
            group.rebalance(assignor)
            group.expectComplete()
            #expect(group.loads == [4, 4, 4])
            for (member, partitions) in group.held { #expect(Set(before[member] ?? []).isSubset(of: partitions)) }
        }
    }

    @Test func `sticky finds the even way through others when there is no direct one`() {
        // Only b reads both topics: what a has too many of reaches c through b.
        var group = Group(topics: ["a": ["t"], "b": ["t", "u"], "c": ["u"]], counts: ["t": 2, "u": 1])
        group.held = ["a": partitions("t", 0, 1), "b": partitions("u", 0), "c": []]
        group.rebalance(StickyAssignor())
        group.expectComplete()
        #expect(group.loads == [1, 1, 1])
    }

    @Test func `a cooperative owner gives up first, and nobody has a partition in between`() {
        var group = Group(topics: ["a": ["t"]], counts: ["t": 4])
        let assignor = CooperativeStickyAssignor()
        group.rebalance(assignor)
        group.topics["b"] = ["t"]
        group.rebalance(assignor)
        #expect(group.held["a"]?.count == 2)
        #expect(group.held["b"] == [])
        group.rebalance(assignor)
        #expect(group.held["b"]?.count == 2)
        group.expectComplete()
    }

    @Test func `where two claim a partition, the younger generation is right`() {
        let group = GroupSubscription(
            members: [
                Member(id: "a", topics: ["t"], owned: partitions("t", 0, 1), generation: 4),
                Member(id: "b", topics: ["t"], owned: partitions("t", 1, 2), generation: 5),
            ], partitionCounts: ["t": 4])
        let assignment = CooperativeStickyAssignor().assign(group)
        #expect(assignment["b"] == partitions("t", 1, 2))
        #expect(assignment["a"] == partitions("t", 0, 3))
    }

    @Test func `sticky's own words survive, and others' are not understood as them`() {
        let data = StickyUserData(partitions: partitions("t", 1, 3) + partitions("u", 0), generation: 7)
        #expect(StickyUserData(decoding: data.encoded) == data)
        // As Kafka's assignor writes it: one topic "t" with partition 1, generation 7.
        let bytes: [UInt8] = [0, 0, 0, 1, 0, 1, 0x74, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 7]
        #expect(
            StickyUserData(partitions: partitions("t", 1), generation: 7).encoded == ByteBuffer(bytes: bytes))
        #expect(StickyUserData(decoding: ByteBuffer(bytes: bytes[..<9])) == nil)
        #expect(StickyUserData(decoding: ByteBuffer(bytes: [0x7F, 0xFF, 0xFF, 0xFF])) == nil)
    }
}
