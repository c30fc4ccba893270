import BrokerController
import BrokerMetadata
import BrokerModel
import BrokerPluginAPI
import BrokerPrimitives
import BrokerWire
import Synchronization
import Testing

/// Places as a test says, and remembers what it was asked.
private final class Placer: ReplicaPlacer {
    let requests = Mutex<[PlacementRequest]>([])
    let answer: @Sendable (PlacementRequest) throws(PluginError) -> [[NodeID]]

    init(_ answer: @escaping @Sendable (PlacementRequest) throws(PluginError) -> [[NodeID]]) { self.answer = answer }

    func place(_ request: PlacementRequest) throws(PluginError) -> [[NodeID]] {
        requests.withLock { $0.append(request) }
        return try answer(request)
    }
}

struct ReplicaPlacerTests {
    private func decision(_ cluster: Cluster, _ topic: CreateTopicsRequest.CreatableTopic) -> Decision<
        CreateTopicsResponse
    > {
        var generator = cluster.generator
        return cluster.controller.createTopics(
            CreateTopicsRequest(topics: [topic]), describes: { _ in true }, generator: &generator)
    }

    @Test func `new partitions go where the placer says`() throws {
        let placer = Placer { request in Array(repeating: [3, 1], count: request.partitionCount) }
        var cluster = try Cluster(brokers: 3, placer: placer)
        try cluster.add(4, leaving: true)
        #expect(try cluster.create(.automatic("t", partitions: 2, factor: 2))[0].errorCode == .none)
        #expect(try cluster.topic("t").partitions.map(\.replicas) == [[3, 1], [3, 1]])
        let more = CreatePartitionsRequest(topics: [.init(name: "t", count: 5, assignments: nil)])
        _ = try cluster.decide { $0.createPartitions(more, mayAlter: { _ in true }, generator: &$1) }
        let requests = placer.requests.withLock { $0 }
        #expect(requests.map(\.partitionCount) == [2, 3] && requests.map(\.replicationFactor) == [2, 2])
        #expect(requests.allSatisfy { $0.topic == "t" && $0.brokers.map(\.id) == [1, 2, 3] }, "4 is about to leave")
        #expect(requests.map(\.existing) == [[], [[3, 1], [3, 1]]])
        #expect(requests[0].chance != requests[1].chance)
    }

    @Test func `a placer is not asked about partitions whose place is told`() throws {
        let placer = Placer { _ in [] }
        var cluster = try Cluster(brokers: 3, placer: placer)
        #expect(try cluster.create(.manual("t", [(0, [2, 3])]))[0].errorCode == .none)
        #expect(placer.requests.withLock { $0.isEmpty })
    }

    @Test(
        arguments: [
            ([[1, 2]], "placed 1 partitions where 2 were asked for"),
            ([[1, 2], [1]], "gave partition 1 1 replicas where 2 were asked for"),
            ([[1, 2], [1, 9]], "named broker 9, which was not offered"),
            ([[1, 1], [1, 2]], "gave partition 0 two replicas on one broker: [1, 1]"),
            ([[3, 4], [1, 2]], "left partition 0 to fenced brokers alone"),
            ([], "placed 0 partitions where 2 were asked for"),
        ] as [([[NodeID]], String)])
    func `an answer that cannot be used is not, and the log says why`(answer: [[NodeID]], problem: String) throws {
        var cluster = try Cluster(brokers: 2, placer: Placer { _ in answer })
        try cluster.add(3, fenced: true)
        try cluster.add(4, fenced: true)
        let decision = decision(cluster, .automatic("t", partitions: 2, factor: 2))
        #expect(
            decision.remarks == [
                "The replica placer's answer for 't' is not used, the replicas are striped: it \(problem)."
            ])
        #expect(decision.reply.topics.map(\.errorCode) == [.none])
        try cluster.commit(decision.records)
        for partition in try cluster.topic("t").partitions {
            #expect(Set(partition.replicas) == [1, 2], "as without a placer")
        }
    }

    @Test func `a placer's errors are a refusal, a delay, or the striped placement`() throws {
        for (error, code) in [
            (PluginError.reject("No room."), ErrorCode.invalidReplicationFactor), (.retry("Soon."), .requestTimedOut),
        ] {
            let cluster = try Cluster(brokers: 3, placer: Placer { _ throws(PluginError) in throw error })
            let result = decision(cluster, .automatic("t", factor: 2))
            #expect(result.reply.topics.map(\.errorCode) == [code])
            #expect(result.reply.topics.map(\.errorMessage) == [error.message])
            #expect(result.records.isEmpty && result.remarks.isEmpty)
        }
        let cluster = try Cluster(
            brokers: 3, placer: Placer { _ throws(PluginError) in throw .fallBack("My map is lost.") })
        let result = decision(cluster, .automatic("t", factor: 2))
        #expect(result.reply.topics.map(\.errorCode) == [.none])
        #expect(
            result.remarks == ["The replica placer gave up on 't', the replicas are striped: My map is lost."])
    }

    @Test func `without enough brokers nothing is placed, whatever the placer says`() throws {
        let cluster = try Cluster(brokers: 2, placer: Placer { _ in [[1, 2, 3]] })
        let result = decision(cluster, .automatic("t", factor: 3))
        #expect(result.reply.topics.map(\.errorCode) == [.invalidReplicationFactor])
        #expect(result.records.isEmpty)
    }
}
