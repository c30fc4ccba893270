import BrokerModel
import BrokerPrimitives
import NIOCore
import Synchronization
import Testing

@testable import BrokerClient

@Suite(.serialized) struct GroupConsumerTests {
    private func shares(_ consumers: [Consumer], are counts: [Int]) async throws -> Bool {
        var found: [Int] = []
        for consumer in consumers { found.append(await consumer.assignment.count) }
        return found == counts
    }

    @Test(arguments: [0, 1])
    func `members share the partitions, commit at the end, and the next one goes on there`(choice: Int) async throws {
        let assignors: [any PartitionAssignor] = choice == 0 ? [RangeAssignor()] : [CooperativeStickyAssignor()]
        try await GroupBroker.with { bench in
            let first = bench.consumer { $0.assignors = assignors }
            let second = bench.consumer { $0.assignors = assignors }
            try await first.subscribe(["t"])
            try await poll([first]) { _ in try await self.shares([first], are: [4]) }
            try await second.subscribe(["t"])
            try await poll([first, second]) { _ in try await self.shares([first, second], are: [2, 2]) }
            try await bench.fill(0..<100)
            let seen = try await poll([first, second]) { $0.count >= 100 }
            #expect(seen == Array(0..<100))
            await first.close()
            try await poll([second]) { _ in try await self.shares([second], are: [4]) }
            await second.close()
            try await bench.fill(100..<120)
            let third = bench.consumer { $0.assignors = assignors }
            try await third.subscribe(["t"])
            let rest = try await poll([third]) { $0.count >= 20 }
            #expect(rest == Array(100..<120))
            await third.close()
            #expect(try await bench.admin.groupLag("g").values.map(\.lag) == [0, 0, 0, 0])
        }
    }

    @Test func `a loop that is left commits what it was given and no more, and can be begun again`() async throws {
        try await GroupBroker.with(partitions: 1) { bench in
            try await bench.fill(0..<50, partitions: 1)
            let first = bench.consumer { $0.autoCommitIntervalMilliseconds = nil }
            try await first.subscribe(["t"])
            for try await record in first.records where record.offset == 9 { break }
            try await first.commit()
            #expect(try await first.committed([partition()])[partition()]?.offset == 10)
            for try await record in first.records {
                #expect(record.offset == 10)
                break
            }
            #expect(await first.position(partition()) == 11)
            await first.pause([partition()])
            #expect(try await first.poll(timeoutMilliseconds: 100).isEmpty)
            await first.resume([partition()])
            for try await record in first.records {
                #expect(record.offset == 11)
                break
            }
            await first.close()
            let second = bench.consumer()
            try await second.subscribe(["t"])
            for try await record in second.records {
                #expect(record.offset == 10, "what was not committed comes again")
                break
            }
            await second.close()
            #expect(try await bench.admin.listGroupOffsets("g")[partition()]?.offset == 11)
        }
    }

    @Test func `the application is told of rebalances in order, and may seek before anything is read`() async throws {
        try await GroupBroker.with(partitions: 2) { bench in
            try await bench.fill(0..<20, partitions: 2)
            let diary = Diary()
            let consumer = bench.consumer()
            let stream = await consumer.rebalances
            try await consumer.subscribe(["t"]) { [weak consumer] change in
                await diary.note(change)
                if case .assigned = change { try? await consumer?.seek(partition(0), to: .offset(8)) }
                if case .revoked = change {
                    try? await consumer?.commit([partition(1): CommittedOffset(4, metadata: "mine")])
                }
            }
            let seen = try await poll([consumer]) { $0.count >= 12 }
            #expect(seen == [1, 3, 5, 7, 9, 11, 13, 15, 16, 17, 18, 19])
            await consumer.close()
            let all = [partition(0), partition(1)]
            #expect(await diary.entries == [.assigned(all), .revoked(all)])
            var told: [Rebalance] = []
            for await change in stream { told.append(change) }
            #expect(told == [.assigned(all), .revoked(all)])
            let committed = try await bench.admin.listGroupOffsets("g")
            #expect(committed[partition(0)]?.offset == 10)
            #expect(committed[partition(1)] == CommittedOffset(4, metadata: "mine"))
        }
    }

    @Test func `a static member that restarts gets its partitions back, and the others notice nothing`() async throws {
        try await GroupBroker.with { bench in
            let diary = Diary()
            let other = bench.consumer { $0.groupInstanceID = "other" }
            let first = bench.consumer { $0.groupInstanceID = "one" }
            try await other.subscribe(["t"]) { await diary.note($0) }
            try await first.subscribe(["t"])
            try await poll([other, first]) { _ in try await self.shares([other, first], are: [2, 2]) }
            let share = await first.assignment
            let count = await diary.entries.count
            await first.close()
            let again = bench.consumer { $0.groupInstanceID = "one" }
            try await again.subscribe(["t"])
            try await poll([other, again]) { _ in await again.assignment == share }
            #expect(await diary.entries.count == count)
            // A second process with the same instance id takes the place, and the first one is told.
            let twin = bench.consumer { $0.groupInstanceID = "one" }
            try await twin.subscribe(["t"])
            try await poll([other, twin]) { _ in await twin.assignment == share }
            let error = await #expect(throws: ClientError.self) {
                while true { _ = try await again.poll(timeoutMilliseconds: 50) }
            }
            #expect(error?.server == .fencedInstanceId)
            for consumer in [other, again, twin] { await consumer.close() }
        }
    }

    @Test func `whoever does not poll for too long loses the partitions, and cannot commit`() async throws {
        try await GroupBroker.with(partitions: 1) { bench in
            try await bench.fill(0..<5, partitions: 1)
            let diary = Diary()
            let slow = bench.consumer {
                $0.maximumPollIntervalMilliseconds = 200
                $0.autoCommitIntervalMilliseconds = nil
            }
            let quick = bench.consumer()
            try await slow.subscribe(["t"]) { await diary.note($0) }
            try await poll([slow]) { $0.count == 5 }
            try await quick.subscribe(["t"])
            #expect(try await poll([quick]) { $0.count == 5 } == Array(0..<5))
            let error = await #expect(throws: ClientError.self) { try await slow.commit() }
            #expect(error?.server == .unknownMemberId)
            await quick.close()
            try await poll([slow]) { _ in await diary.entries.count == 3 }
            #expect(await diary.entries == [.assigned([partition()]), .lost([partition()]), .assigned([partition()])])
            await slow.close()
        }
    }

    @Test func `new partitions and new topics are found`() async throws {
        try await GroupBroker.with(partitions: 1, metadataAgeMilliseconds: 50) { bench in
            let consumer = bench.consumer()
            try await consumer.subscribe(where: { $0.hasPrefix("t") })
            try await poll([consumer]) { _ in await consumer.assignment == [partition()] }
            try await bench.admin.createPartitions(topic: "t", total: 2)
            try await poll([consumer]) { _ in await consumer.assignment.count == 2 }
            try await bench.create("other", partitions: 1)
            try await bench.create("t2", partitions: 1)
            try await poll([consumer]) { _ in await consumer.assignment.count == 3 }
            #expect(await consumer.assignment == [partition(0), partition(1), partition(0, "t2")])
            await consumer.close()
        }
    }

    @Test func `a topic may be made after it was subscribed to`() async throws {
        try await GroupBroker.with { bench in
            let consumer = bench.consumer()
            try await consumer.subscribe(["later"])
            try await poll([consumer]) { _ in !(await consumer.memberID.isEmpty) }
            try await bench.create("later", partitions: 2)
            try await poll([consumer]) { _ in await consumer.assignment.count == 2 }
            await consumer.close()
        }
    }

    @Test func `partitions assigned by hand are committed under the group's name`() async throws {
        try await GroupBroker.with(partitions: 1) { bench in
            try await bench.fill(0..<8, partitions: 1)
            let consumer = bench.consumer()
            await consumer.assign([partition()])
            try await poll([consumer]) { $0.count == 8 }
            let done = Mutex<Bool?>(nil)
            try await consumer.enqueueCommit { result in done.withLock { $0 = (try? result.get()) != nil } }
            try await poll([consumer]) { _ in done.withLock { $0 } == true }
            #expect(try await bench.admin.listGroupOffsets("g")[partition()]?.offset == 8)
            await consumer.assign([])
            try await bench.fill(8..<10, partitions: 1)
            await consumer.assign([partition()])
            #expect(try await poll([consumer]) { $0.count == 2 } == [8, 9])
            await consumer.close()
        }
    }

    @Test func `a consumer without a group says what it lacks`() async throws {
        try await GroupBroker.with { bench in
            let consumer = Consumer(cluster: bench.cluster)
            let error = await #expect(throws: ClientError.self) { try await consumer.subscribe(["t"]) }
            #expect(error?.code == .invalidArgument)
            await #expect(throws: ClientError.self) { try await consumer.commit() }
            let wrong = bench.consumer { $0.heartbeatIntervalMilliseconds = 5_000 }
            await #expect(throws: ClientError.self) { try await wrong.subscribe(["t"]) }
        }
    }

    @Test func `administrators see and change groups`() async throws {
        try await GroupBroker.with(partitions: 2) { bench in
            try await bench.fill(0..<10, partitions: 2)
            let consumer = bench.consumer()
            try await consumer.subscribe(["t"])
            try await poll([consumer]) { $0.count == 10 }
            try await consumer.commit()
            let admin = bench.admin
            #expect(try await admin.listGroups().map(\.id) == ["g"])
            #expect(try await admin.listGroups(states: ["Empty"]).isEmpty)
            #expect(try await admin.listGroups(types: ["classic"]).map(\.state) == ["Stable"])
            let group = try await admin.describeGroups(["g"])[0].get()
            #expect(group.members.map(\.assignment) == [[partition(0), partition(1)]])
            #expect(group.assignor == "range")
            let busy = await admin.deleteGroups(["g", "none"])
            #expect(codes(of: busy) == [.nonEmptyGroup, .groupIdNotFound])
            let refused = await #expect(throws: ClientError.self) {
                try await admin.alterGroupOffsets("g", [partition(0): CommittedOffset(0)])
            }
            #expect(refused?.message.contains("stop them first") == true)
            let removed = try await admin.removeMembers(group.members, from: "g")
            for result in removed { try result.get() }
            await consumer.close()
            try await admin.alterGroupOffsets("g", [partition(0): CommittedOffset(2, metadata: "back")])
            var lags = try await admin.groupLag("g")
            #expect(lags[partition(0)]?.lag == 3)
            #expect(lags[partition(1)]?.lag == 0)
            try await admin.deleteGroupOffsets("g", of: [partition(1)])[partition(1)]?.get()
            // Shown still: the group has a commit in the topic's other partition.
            lags = try await admin.groupLag("g")
            #expect(lags[partition(1)]?.lag == 5)
            #expect(lags[partition(1)]?.committed == nil)
            #expect(lags[partition(1)]?.endOffset == 5)
            try await admin.deleteGroups(["g"])[0].get()
            #expect(try await admin.listGroups().isEmpty)
            let gone = await admin.describeGroups(["g"])
            #expect(codes(of: gone) == [.groupIdNotFound])
        }
    }
}

/// What the broker refused, in order; nil where it did not.
private func codes<Success>(of results: [Result<Success, ClientError>]) -> [ErrorCode?] {
    results.map { result in
        if case .failure(let error) = result { return error.server }
        return nil
    }
}
