import BrokerCoordinators
import BrokerModel
import BrokerPluginAPI
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

    private func commitRequest(_ offset: Int64, of topic: String = "t", group: String = "g") -> OffsetCommitRequest {
        var request = OffsetCommitRequest()
        request.groupID = group
        request.generationIDOrMemberEpoch = -1
        request.topics = [.init(name: topic, partitions: [.init(partitionIndex: 0, committedOffset: offset)])]
        return request
    }

    private func commit(
        _ offset: Int64, of topic: String = "t", group: String = "g", _ client: TestClient
    ) async throws -> ErrorCode {
        let response = try await client.call(commitRequest(offset, of: topic, group: group), version: 8)
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
        let storage = HeldStorage()
        let broker = try await TestBroker(storage: storage).start(
            quick.merging(["log.flush.interval.messages": "1", "background.threads": "2"]) { $1 })
        let (client, other) = (try await TestClient(broker), try await TestClient(broker))
        try await client.create("t")
        _ = try await find(client: client)
        #expect(try await commit(1, client) == .none)
        storage.hold("__consumer_offsets")
        let call = try await client.send(commitRequest(2), version: 8)
        while storage.heldCount == 0 { await Task.yield() }
        #expect(try await committed("t", other) == 1, "It does not count before it is on the disk.")
        storage.release()
        let answer = try await client.receive(OffsetCommitResponse.self, version: 8, id: call)
        #expect(answer.topics.first?.partitions.first?.errorCode == ErrorCode.none)
        #expect(try await committed("t", other) == 2)
        await broker.stop()
    }

    @Test func `a partition that cannot be read keeps its own groups from being served, and no others`() async throws {
        let settings = quick.merging(["http.listener": "127.0.0.1:0"]) { $1 }
        var broker = try await brokers.start(settings)
        var client = try await TestClient(broker)
        try await client.create("t")
        _ = try await find(client: client)
        for group in ["a", "b"] { #expect(try await commit(1, group: group, client) == .none) }
        await broker.stop()

        let partition = CoordinatorPartitioning.partition(of: "a", count: 5)
        #expect(partition != CoordinatorPartitioning.partition(of: "b", count: 5))
        let log = brokers.storage.file("__consumer_offsets-\(partition)/00000000000000000000.log")
        // In the middle of the batch, where only the checksum tells.
        try log.write(ByteBuffer(repeating: 0xFF, count: 4), at: try log.size() - 6)
        broker = try await brokers.start(settings)
        client = try await TestClient(broker)
        func list() async throws -> ListGroupsResponse { try await client.call(ListGroupsRequest(), version: 4) }
        while try await list().errorCode == .coordinatorLoadInProgress {}
        let listed = try await list()
        #expect(listed.errorCode == .none && listed.groups.map(\.groupID) == ["b"])
        #expect(try await commit(2, group: "a", client) == .coordinatorNotAvailable)
        #expect(try await commit(2, group: "b", client) == .none)
        let ready = try await get("/readyz", of: broker)
        #expect(ready.hasPrefix("HTTP/1.1 503 ") && ready.contains("1 partitions of __consumer_offsets cannot be read"))
        let metrics = try await get("/metrics", of: broker)
        #expect(metrics.contains("\nbroker_coordinator_partitions_failed 1"))
        #expect(metrics.contains("\nkafka_coordinator_group_groupmetadatamanager_numgroups 1"))
        await broker.stop()
    }

    /// Allows everything but what concerns other topics than these.
    private struct Allowing: Authorizer {
        var topics: Set<String>

        func authorize(_ actions: [AuthorizableAction], for context: RequestContext) -> [AuthorizationResult] {
            actions.map { $0.resource != .topic || topics.contains($0.name) ? .allowed : .denied }
        }
    }

    @Test func `a fetch that continues a session reads what its client may read, and lists are what it may see`()
        async throws
    {
        let broker = try await TestBroker(authorizer: Allowing(topics: ["t"])).start(quick, isEphemeral: true)
        let client = try await TestClient(broker)
        try await client.create("t")
        var request = TestClient.fetchRequest("t", offset: 0)
        request.sessionEpoch = 0
        let begun = try await client.call(request, version: 12)
        #expect(begun.sessionID > 0)
        #expect(begun.responses.first?.partitions.first?.errorCode == ErrorCode.none)
        let produced = try await client.produce(producerBatch(1).build(), to: "t")
        #expect(produced.errorCode == .none)
        request.topics = []
        request.sessionID = begun.sessionID
        request.sessionEpoch = 1
        let next = try await client.call(request, version: 12)
        #expect(next.errorCode == .none)
        let partition = try #require(next.responses.first?.partitions.first)
        #expect(partition.errorCode == .none)
        #expect(try partition.values == ["value 0"])
        // Who asks in the oldest version for no topics means all.
        let all = try await client.call(MetadataRequest(topics: []), version: 0)
        #expect(all.topics.map(\.name) == ["t"])
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
