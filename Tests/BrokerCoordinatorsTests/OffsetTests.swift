import BrokerCoordinators
import BrokerPrimitives
import BrokerWire
import NIOCore
import Testing

@Suite("Offsets of a group")
struct OffsetTests {
    @Test("Whoever is no member keeps offsets under any name, and reads them back")
    func simple() throws {
        let bench = GroupBench()
        #expect(bench.committed(bench.commit("g", 42, metadata: "note")) == ErrorCode.none)
        let stored = try #require(bench.shard.committed("g", "t", 0))
        #expect(stored.offset == 42)
        #expect(stored.metadata == "note")
        #expect(bench.state() == .empty)
        #expect(try bench.reloaded().committed("g", "t", 0) == stored)
        #expect(try bench.reloaded().groups["g"]?.state == .empty)
    }

    @Test("An offset counts once it is written down, and not at all if it cannot be")
    func commitment() {
        let bench = GroupBench()
        bench.holdsWrites = true
        let first = bench.commit("g", 1)
        #expect(bench.committed(first) == nil)
        #expect(bench.shard.committed("g", "t", 0) == nil)
        bench.decide(nil)
        #expect(bench.committed(first) == ErrorCode.none)
        let second = bench.commit("g", 2)
        bench.decide(.messageTooLarge)
        #expect(bench.committed(second) == .invalidCommitOffsetSize)
        #expect(bench.shard.committed("g", "t", 0)?.offset == 1)
    }

    @Test("Only a member of the generation commits while there are members")
    func membersOnly() throws {
        let bench = GroupBench()
        let call = bench.joinNew()
        bench.advance(1)
        let id = try #require(bench.joined(call)).memberID
        #expect(bench.committed(bench.commit("g", 1, member: id, generation: 1)) == .rebalanceInProgress)
        bench.sync("g", id, 1, assigning: [:])
        #expect(bench.committed(bench.commit("g", 1, member: id, generation: 1)) == ErrorCode.none)
        #expect(bench.committed(bench.commit("g", 1, member: id, generation: 0)) == .illegalGeneration)
        #expect(bench.committed(bench.commit("g", 1, member: "foreign", generation: 1)) == .unknownMemberId)
        #expect(bench.committed(bench.commit("g", 1)) == .unknownMemberId)
        #expect(bench.committed(bench.commit("other", 1, member: "m", generation: 3)) == .illegalGeneration)
        #expect(bench.committed(bench.commit("other", 1, member: "m", generation: 3, version: 9)) == .groupIdNotFound)
        #expect(bench.committed(bench.commit("", 1)) == ErrorCode.none, "A name like any other, here.")
        _ = bench.join()
        #expect(bench.committed(bench.commit("g", 2, member: id, generation: 1)) == ErrorCode.none)
    }

    @Test("A commit keeps the session alive")
    func signOfLife() throws {
        let bench = GroupBench()
        let call = bench.joinNew()
        bench.advance(1)
        let id = try #require(bench.joined(call)).memberID
        bench.sync("g", id, 1, assigning: [:])
        bench.advance(9_000)
        bench.commit("g", 1, member: id, generation: 1)
        bench.advance(9_000)
        #expect(bench.heartbeat("g", id, 1) == .none)
    }

    @Test("Text that is too long is refused")
    func metadata() {
        let bench = GroupBench()
        let long = String(repeating: "x", count: 4_097)
        #expect(bench.committed(bench.commit("g", 1, metadata: long)) == .offsetMetadataTooLarge)
        #expect(bench.committed(bench.commit("g", 1, metadata: String(long.dropLast()))) == ErrorCode.none)
    }

    @Test("Offsets of a group without members are forgotten after the retention, and the group with them")
    func retention() throws {
        let bench = GroupBench { $0.offsetsRetention = 3_600_000 }
        bench.commit("g", 1)
        bench.advance(3_500_000)
        #expect(bench.shard.committed("g", "t", 0) != nil)
        bench.advance(800_000)
        #expect(bench.shard.committed("g", "t", 0) == nil)
        #expect(bench.shard.groups["g"] == nil)
        #expect(try bench.reloaded().groups.isEmpty)
        #expect(try bench.reloaded().offsets.isEmpty)
    }

    @Test(
        "An offset that was committed for a time is forgotten after that time, and is written down in Kafka's old version"
    )
    func ownRetention() throws {
        let bench = GroupBench()
        #expect(bench.committed(bench.commit("g", 1, retention: 1_000_000, version: 4)) == ErrorCode.none)
        #expect(try bench.reloaded().committed("g", "t", 0) == bench.shard.committed("g", "t", 0))
        bench.advance(700_000)
        #expect(bench.shard.committed("g", "t", 0) != nil)
        bench.advance(700_000)
        #expect(bench.shard.committed("g", "t", 0) == nil)
        #expect(bench.committed(bench.commit("g", 1, retention: .max, version: 4)) == ErrorCode.none)
        bench.advance(10_000_000)
        #expect(bench.shard.committed("g", "t", 0) != nil)
    }

    @Test("Offsets of a group that once had members are kept until the retention after the last one left")
    func retentionAfterMembers() throws {
        let bench = GroupBench { $0.offsetsRetention = 3_600_000 }
        let call = bench.joinNew()
        bench.advance(1)
        let id = try #require(bench.joined(call)).memberID
        bench.sync("g", id, 1, assigning: [:])
        bench.commit("g", 1, member: id, generation: 1)
        for _ in 0..<1_000 {
            bench.advance(9_000)
            _ = bench.heartbeat("g", id, 1)
        }
        #expect(bench.shard.committed("g", "t", 0) != nil, "A member that reads the topic keeps its offset.")
        _ = bench.leave("g", id)
        bench.advance(3_000_000)
        #expect(bench.shard.committed("g", "t", 0) != nil)
        bench.advance(1_300_000)
        #expect(bench.shard.committed("g", "t", 0) == nil)
    }

    @Test("A consumer that reads another topic now does not keep the offsets of the old one")
    func unsubscribed() throws {
        let bench = GroupBench { $0.offsetsRetention = 3_600_000 }
        bench.commit("g", 5, topic: "old")
        let call = bench.joinNew()
        bench.advance(1)
        let id = try #require(bench.joined(call)).memberID
        bench.sync("g", id, 1, assigning: [:])
        bench.commit("g", 1, member: id, generation: 1)
        for _ in 0..<500 {
            bench.advance(9_000)
            _ = bench.heartbeat("g", id, 1)
        }
        #expect(bench.shard.committed("g", "old", 0) == nil)
        #expect(bench.shard.committed("g", "t", 0) != nil)
    }

    @Test("A group that has neither members nor offsets goes when offsets are next looked through")
    func nothingLeft() throws {
        let bench = GroupBench()
        let call = bench.joinNew()
        bench.advance(1)
        let id = try #require(bench.joined(call)).memberID
        #expect(bench.leave("g", id) == .none)
        #expect(try bench.reloaded().groups["g"]?.state == .empty)
        bench.advance(600_000)
        #expect(bench.shard.groups["g"] == nil)
        #expect(try bench.reloaded().groups.isEmpty)
    }

    @Test("A log may say any time", arguments: [Int64.min, -1, 0, .max])
    func timesFromTheLog(time: Int64) throws {
        let bench = GroupBench()
        var offset = OffsetCommitValue()
        offset.offset = 5
        offset.commitTimestamp = time
        var group = GroupMetadataValue()
        group.protocolType = "consumer"
        group.currentStateTimestamp = time
        for name in ["simple", "consumers"] {
            bench.log.append(
                .offsetCommit(OffsetCommitKey(group: name, topic: "t", partition: 0), offset))
        }
        bench.log.append(.groupMetadata(GroupMetadataKey(group: "consumers"), group))
        bench.shard = try bench.reloaded()
        bench.advance(700_000)
        let isKept = time == .max
        #expect((bench.shard.committed("simple", "t", 0) != nil) == isKept)
        #expect((bench.shard.committed("consumers", "t", 0) != nil) == isKept)
    }

    @Test("A group is deleted only when nobody is in it")
    func deletion() throws {
        let bench = GroupBench()
        #expect(bench.deleted(bench.delete("g")) == .groupIdNotFound)
        let call = bench.joinNew()
        bench.advance(1)
        let id = try #require(bench.joined(call)).memberID
        bench.commit("h", 1)
        #expect(bench.deleted(bench.delete("g")) == .nonEmptyGroup)
        _ = bench.leave("g", id)
        #expect(bench.deleted(bench.delete("g")) == ErrorCode.none)
        #expect(bench.deleted(bench.delete("h")) == ErrorCode.none)
        #expect(bench.shard.groups.isEmpty)
        #expect(try bench.reloaded().groups.isEmpty)
        #expect(try bench.reloaded().offsets.isEmpty)
    }

    @Test("Offsets of a topic that somebody reads are not deleted; those of others are")
    func offsetDeletion() throws {
        let bench = GroupBench()
        bench.commit("g", 5, topic: "old")
        let call = bench.joinNew()
        bench.advance(1)
        let id = try #require(bench.joined(call)).memberID
        bench.sync("g", id, 1, assigning: [:])
        bench.commit("g", 1, member: id, generation: 1)
        let token = bench.call()
        var request = OffsetDeleteRequest()
        request.groupID = "g"
        request.topics = ["t", "old"].map { .init(name: $0, partitions: [.init(partitionIndex: 0)]) }
        bench.shard.delete(request, refusals: [nil, nil], token, at: bench.now)
        bench.settle()
        guard case .offsetDelete(let response) = bench.replies[token] else {
            Issue.record("There is no answer.")
            return
        }
        #expect(response.errorCode == .none)
        #expect(response.topics.map { $0.partitions[0].errorCode } == [.groupSubscribedToTopic, .none])
        #expect(bench.shard.committed("g", "old", 0) == nil)
        #expect(bench.shard.committed("g", "t", 0)?.offset == 1)
    }

    @Test("The offsets of a topic go with the topic")
    func topicRemoved() {
        let bench = GroupBench()
        bench.commit("g", 1)
        bench.commit("g", 2, topic: "other")
        bench.shard.removed(topics: ["t"], at: bench.now)
        bench.settle()
        #expect(bench.shard.committed("g", "t", 0) == nil)
        #expect(bench.shard.committed("g", "other", 0)?.offset == 2)
    }

    @Test("When another broker takes over, whoever waits is sent there")
    func resignation() {
        let bench = GroupBench { $0.initialRebalanceDelay = 1_000 }
        let join = bench.joinNew()
        bench.holdsWrites = true
        let commit = bench.commit("h", 1)
        bench.shard.resigned(with: .notCoordinator)
        bench.settle()
        #expect(bench.joined(join)?.errorCode == .notCoordinator)
        #expect(bench.committed(commit) == .notCoordinator)
    }

    @Test("Groups fall to the partitions that Java's hash of their ids says")
    func partitioning() {
        #expect(CoordinatorPartitioning.partition(of: "my-group", count: 50) == 12)
        #expect(CoordinatorPartitioning.partition(of: "", count: 50) == 0)
        // Its hash is the smallest integer, whose absolute value does not exist.
        #expect(CoordinatorPartitioning.partition(of: "polygenelubricants", count: 50) == 0)
    }
}
