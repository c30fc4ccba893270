import BrokerCoordinators
import BrokerPrimitives
import BrokerWire
import NIOCore
import Testing

/// What happens between a decision and the disk's answer, where the topic waits for its disk.
@Suite("Writes that are under way")
struct WritesUnderWayTests {
    /// Decides all writes, and holds no more.
    private func release(_ bench: GroupBench) {
        bench.holdsWrites = false
        while !bench.held.isEmpty { bench.decide(nil) }
    }

    /// The shard knows what another would that has its log.
    private func expectTheLogToSayTheSame(_ bench: GroupBench) throws {
        let other = try bench.reloaded()
        #expect(other.offsets == bench.shard.offsets)
        #expect(other.list(states: []) == bench.shard.list(states: []))
    }

    @Test("Whoever joins while the group is being deleted is in a group")
    func joinDuringDeletion() throws {
        let bench = GroupBench()
        bench.commit("g", 1)
        bench.holdsWrites = true
        let deletion = bench.delete("g")
        let join = bench.join("g", version: 3)
        bench.decide(nil)
        #expect(bench.deleted(deletion) == ErrorCode.none)
        bench.holdsWrites = false
        bench.advance(10)
        #expect(bench.joined(join)?.errorCode == ErrorCode.none)
        #expect(bench.shard.committed("g", "t", 0) == nil)
    }

    @Test("An id that was given out while the group is being deleted is still good")
    func pendingDuringDeletion() throws {
        let bench = GroupBench()
        bench.commit("g", 1)
        bench.holdsWrites = true
        _ = bench.delete("g")
        let id = try #require(bench.joined(bench.join("g"))).memberID
        release(bench)
        let join = bench.join("g", member: id)
        bench.advance(10)
        #expect(bench.joined(join)?.errorCode == ErrorCode.none)
    }

    @Test("A group that its last member left while it was being deleted is what the log says")
    func emptiedDuringDeletion() throws {
        let bench = GroupBench()
        bench.commit("g", 1)
        bench.holdsWrites = true
        _ = bench.delete("g")
        let join = bench.join("g", version: 3)
        bench.advance(10)
        let id = try #require(bench.joined(join)).memberID
        #expect(bench.leave("g", id) == .none)
        #expect(bench.state() == .empty)
        release(bench)
        try expectTheLogToSayTheSame(bench)
    }

    @Test("So it is if somebody was given an id in between")
    func emptiedDuringDeletionWithPending() throws {
        let bench = GroupBench()
        bench.commit("g", 1)
        bench.holdsWrites = true
        _ = bench.delete("g")
        let join = bench.join("g", version: 3)
        bench.advance(10)
        #expect(bench.leave("g", try #require(bench.joined(join)).memberID) == .none)
        let id = try #require(bench.joined(bench.join("g"))).memberID
        release(bench)
        try expectTheLogToSayTheSame(bench)
        let again = bench.join("g", member: id)
        bench.advance(10)
        #expect(bench.joined(again)?.errorCode == ErrorCode.none)
    }

    @Test("A commit that comes while the group is being deleted makes the group anew")
    func commitDuringDeletion() throws {
        let bench = GroupBench()
        bench.commit("g", 1)
        bench.holdsWrites = true
        let deletion = bench.delete("g")
        let commit = bench.commit("g", 2)
        release(bench)
        #expect(bench.deleted(deletion) == ErrorCode.none)
        #expect(bench.committed(commit) == ErrorCode.none)
        #expect(bench.shard.committed("g", "t", 0)?.offset == 2)
        #expect(bench.shard.list(states: []).map(\.groupID) == ["g"], "It is seen, and will be forgotten some day.")
        try expectTheLogToSayTheSame(bench)
    }

    @Test("A deletion takes along what was on its way to the disk before it")
    func deletionDuringCommit() throws {
        let bench = GroupBench()
        bench.commit("g", 1)
        bench.holdsWrites = true
        let commit = bench.commit("g", 2, topic: "u")
        let deletion = bench.delete("g")
        release(bench)
        #expect(bench.committed(commit) == ErrorCode.none)
        #expect(bench.deleted(deletion) == ErrorCode.none)
        #expect(bench.shard.offsets["g"] == nil)
        #expect(bench.shard.groups["g"] == nil)
        try expectTheLogToSayTheSame(bench)
    }

    @Test("An offset whose time is over is not forgotten behind a commit that renews it")
    func renewal() throws {
        let bench = GroupBench { $0.offsetsRetention = 3_600_000 }
        bench.commit("g", 1)
        bench.advance(3_500_000)
        bench.holdsWrites = true
        let commit = bench.commit("g", 2)
        bench.advance(1_000_000)
        release(bench)
        #expect(bench.committed(commit) == ErrorCode.none)
        #expect(bench.shard.committed("g", "t", 0)?.offset == 2)
        #expect(try bench.reloaded().committed("g", "t", 0)?.offset == 2)
        bench.advance(4_300_000)
        #expect(bench.shard.groups["g"] == nil, "Nothing is left of the count.")
    }

    @Test("With a topic goes what was on its way to the disk for it")
    func topicRemovedDuringCommit() throws {
        let bench = GroupBench()
        bench.holdsWrites = true
        bench.commit("g", 1)
        bench.commit("g", 1, topic: "other")
        bench.shard.removed(topics: ["t"], at: bench.now)
        bench.settle()
        release(bench)
        #expect(bench.shard.committed("g", "t", 0) == nil)
        #expect(bench.shard.committed("g", "other", 0)?.offset == 1)
        try expectTheLogToSayTheSame(bench)
    }

    @Test("A group whose only commit could not be written is not there")
    func failedCommit() {
        let bench = GroupBench()
        bench.holdsWrites = true
        bench.commit("g", 1)
        bench.decide(.kafkaStorageError)
        #expect(bench.shard.groups.isEmpty)
    }

    @Test(
        "Who asked for a write that is too large is told so in words that fit",
        arguments: [(ErrorCode.messageTooLarge, ErrorCode.unknownServerError), (.kafkaStorageError, .notCoordinator)])
    func failedDeletion(failure: ErrorCode, code: ErrorCode) {
        let bench = GroupBench()
        bench.commit("g", 1)
        bench.holdsWrites = true
        let deletion = bench.delete("g")
        bench.decide(failure)
        #expect(bench.deleted(deletion) == code)
        #expect(bench.shard.committed("g", "t", 0)?.offset == 1)
    }
}
