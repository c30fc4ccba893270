import BrokerTesting
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(2)))
struct GroupTests {
    @Test func `a group goes on where it was`() async throws {
        try await withTestBroker(topics: [TestTopic("t", partitions: 2)]) { broker in
            try broker.produce("1", "2", to: "t", partition: 0)
            try broker.produce("3", to: "t", partition: 1)
            let first = try await broker.consumer(of: "t", inGroup: "g")
            var seen: [String?] = []
            while seen.count < 3 { seen += try await first.poll().map(\.text) }
            #expect(Set(seen) == ["1", "2", "3"])
            await first.close()
            try broker.produce("4", to: "t", partition: 0)
            let second = try await broker.consumer(of: "t", inGroup: "g")
            var rest: [String?] = []
            while rest.isEmpty { rest = try await second.poll().map(\.text) }
            #expect(rest == ["4"])
            await second.close()
        }
    }

    @Test func `joining outlives a coordinator that is not there yet`() async throws {
        try await withTestBroker(topics: ["t"]) { broker in
            try broker.produce("1", to: "t")
            let finding = broker.faults.fail(.findCoordinator, with: .coordinatorNotAvailable, times: 2)
            let joining = broker.faults.fail(.joinGroup, with: .coordinatorLoadInProgress, times: 2)
            let consumer = try await broker.consumer(of: "t", inGroup: "g")
            var seen: [String?] = []
            while seen.isEmpty { seen = try await consumer.poll().map(\.text) }
            #expect(finding.count == 2 && joining.count == 2)
            await consumer.close()
        }
    }

    @Test func `a member that is silent for its session timeout is out`() async throws {
        try await withTestBroker(topics: ["t"], clock: .virtual) { broker in
            let client = try await connect(broker)
            // Who asks for the coordinator makes it.
            let found = try await client.send(FindCoordinatorRequest(key: "g"), within: 3...3)
            #expect(found.errorCode == .none)
            let joined = try await client.send(
                JoinGroupRequest(
                    groupID: "g", sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000, memberID: "",
                    protocolType: "consumer", protocols: [.init(name: "range", metadata: ByteBuffer())]),
                within: 3...3)
            #expect(joined.errorCode == .none)
            let synced = try await client.send(
                SyncGroupRequest(
                    groupID: "g", generationID: joined.generationID, memberID: joined.memberID,
                    assignments: [.init(memberID: joined.memberID, assignment: ByteBuffer())]), within: 3...3)
            #expect(synced.errorCode == .none)
            let heartbeat = HeartbeatRequest(
                groupID: "g", generationID: joined.generationID, memberID: joined.memberID)
            await broker.clock.advance(by: .milliseconds(9_999))
            #expect(try await client.send(heartbeat, within: 3...3).errorCode == .none)
            await broker.clock.advance(by: .milliseconds(9_999))
            #expect(try await client.send(heartbeat, within: 3...3).errorCode == .none)
            await broker.clock.advance(by: .milliseconds(10_001))
            #expect(try await client.send(heartbeat, within: 3...3).errorCode == .unknownMemberId)
        }
    }
}
