import BrokerPrimitives
import BrokerRuntime
import BrokerWire
import NIOCore
import Testing

/// Groups of a whole broker in this process, asked over a socket.
@Suite(.timeLimit(.minutes(2)))
struct GroupCoordinatorTests {
    private let brokers = TestBroker()
    private let quick = ["group.initial.rebalance.delay.ms": "0", "offsets.topic.num.partitions": "5"]

    private func commit(
        _ offset: Int64, of topic: String = "t", group: String = "g", _ client: TestClient
    ) async throws -> ErrorCode {
        var request = OffsetCommitRequest()
        request.groupID = group
        request.generationIDOrMemberEpoch = -1
        request.topics = [.init(name: topic, partitions: [.init(partitionIndex: 0, committedOffset: offset)])]
        let response = try await client.call(request, version: 8)
        return try #require(response.topics.first?.partitions.first).errorCode
    }

    private func committed(_ topic: String, group: String = "g", _ client: TestClient) async throws -> Int64 {
        var request = OffsetFetchRequest()
        request.groups = [.init(groupID: group, topics: [.init(name: topic, partitionIndexes: [0])])]
        let response = try await client.call(request, version: 8)
        return try #require(response.groups.first?.topics.first?.partitions.first).committedOffset
    }

    private func find(_ group: String = "g", client: TestClient) async throws -> FindCoordinatorResponse {
        try await client.call(FindCoordinatorRequest(key: group), version: 3)
    }

    private func member(of group: String, _ client: TestClient) async throws -> JoinGroupResponse {
        var request = JoinGroupRequest()
        request.groupID = group
        request.sessionTimeoutMs = 10_000
        request.rebalanceTimeoutMs = 10_000
        request.protocolType = "consumer"
        request.protocols = [.init(name: "range")]
        request.memberID = try await client.call(request, version: 9).memberID
        return try await client.call(request, version: 9)
    }

    @Test func `the first who asks for a coordinator can use it at once`() async throws {
        let broker = try await brokers.start(quick, isEphemeral: true)
        let client = try await TestClient(broker)
        #expect(try await commit(1, client) == .coordinatorNotAvailable, "Nobody has asked for one yet.")
        let found = try await find(client: client)
        #expect(found.errorCode == .none && found.nodeID == broker.nodeID)
        #expect(Int(found.port) == broker.listeners[0].port)
        try await client.create("t")
        #expect(try await commit(1, client) == .none)
        let joined = try await member(of: "other", client)
        #expect(joined.errorCode == .none && joined.generationID == 1 && joined.leader == joined.memberID)
        #expect(joined.memberID.hasPrefix("test-") && joined.memberID.utf8.count == 41)
        await broker.stop()
    }

    @Test func `offsets and groups are there after a restart, and members keep their sessions`() async throws {
        var broker = try await brokers.start(quick)
        var client = try await TestClient(broker)
        try await client.create("t")
        _ = try await find(client: client)
        #expect(try await commit(42, client) == .none)
        let joined = try await member(of: "members", client)
        var sync = SyncGroupRequest()
        sync.groupID = "members"
        sync.memberID = joined.memberID
        sync.generationID = joined.generationID
        sync.protocolType = "consumer"
        sync.protocolName = "range"
        sync.assignments = [.init(memberID: joined.memberID, assignment: ByteBuffer(string: "mine"))]
        #expect(try await client.call(sync, version: 5).errorCode == .none)
        await broker.stop()

        broker = try await brokers.start(quick)
        client = try await TestClient(broker)
        var offset: Int64 = -1
        for _ in 0..<500 where offset != 42 { offset = try await committed("t", client) }
        #expect(offset == 42)
        var heartbeat = HeartbeatRequest()
        heartbeat.groupID = "members"
        heartbeat.memberID = joined.memberID
        heartbeat.generationID = joined.generationID
        #expect(try await client.call(heartbeat, version: 4).errorCode == .none)
        #expect(String(buffer: try await client.call(sync, version: 5).assignment) == "mine")
        await broker.stop()
    }

    @Test func `a commit waits for the disk where the topic wants that`() async throws {
        let broker = try await brokers.start(quick.merging(["log.flush.interval.messages": "1"]) { $1 })
        let client = try await TestClient(broker)
        try await client.create("t")
        _ = try await find(client: client)
        for offset in 0..<20 { #expect(try await commit(Int64(offset), client) == .none) }
        #expect(try await committed("t", client) == 19)
        await broker.stop()
    }

    @Test func `the offsets of a deleted topic are gone, also for a new topic of its name`() async throws {
        let broker = try await brokers.start(quick, isEphemeral: true)
        let client = try await TestClient(broker)
        try await client.create("t")
        try await client.create("kept")
        _ = try await find(client: client)
        #expect(try await commit(7, client) == .none)
        #expect(try await commit(8, of: "kept", client) == .none)
        let deleted = try await client.call(DeleteTopicsRequest(topicNames: ["t"], timeoutMs: 1000), version: 5)
        #expect(deleted.responses.map(\.errorCode) == [.none])
        try await client.create("t")
        #expect(try await committed("t", client) == -1)
        #expect(try await committed("kept", client) == 8)
        await broker.stop()
    }

    @Test func `when the groups' topic is deleted, who waits is told, and the next who asks gets a new one`()
        async throws
    {
        let broker = try await brokers.start(["group.initial.rebalance.delay.ms": "60000"], isEphemeral: true)
        let client = try await TestClient(broker)
        _ = try await find(client: client)
        var request = JoinGroupRequest()
        request.groupID = "g"
        request.sessionTimeoutMs = 10_000
        request.protocolType = "consumer"
        request.protocols = [.init(name: "range")]
        let waiting = try await client.send(request, version: 3)
        // Requests of one connection are begun in order: the join is taken in first.
        let deletion = try await client.send(
            DeleteTopicsRequest(topicNames: ["__consumer_offsets"], timeoutMs: 1000), version: 5)
        let refused = try await client.receive(JoinGroupResponse.self, version: 3, id: waiting)
        #expect(refused.errorCode == .notCoordinator)
        _ = try await client.receive(DeleteTopicsResponse.self, version: 5, id: deletion)
        #expect(try await find(client: client).errorCode == .none)
        await broker.stop()
    }

    @Test func `transactions are refused in words, not in silence`() async throws {
        let broker = try await brokers.start(quick, isEphemeral: true)
        let client = try await TestClient(broker)
        let found = try await client.call(FindCoordinatorRequest(key: "tx", keyType: 1), version: 3)
        #expect(found.errorCode == .invalidRequest)
        #expect(found.errorMessage?.contains("Transactions are not served") == true)
        await broker.stop()
    }
}
