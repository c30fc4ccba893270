import BrokerController
import BrokerMetadata
import BrokerModel
import BrokerPrimitives
import BrokerWire
import Testing

struct CreatePartitionsTests {
    typealias Wanted = CreatePartitionsRequest.CreatePartitionsTopic

    /// A request that leaves the placing to the controller.
    private static func wanted(_ name: String, _ count: Int32) -> Wanted {
        Wanted(name: name, count: count, assignments: nil)
    }

    private func grow(
        _ cluster: inout Cluster, _ topics: [Wanted], validateOnly: Bool = false, mayAlter: Bool = true
    ) throws -> [CreatePartitionsResponse.CreatePartitionsTopicResult] {
        let request = CreatePartitionsRequest(topics: topics, validateOnly: validateOnly)
        return try cluster.decide {
            $0.createPartitions(request, mayAlter: { _ in mayAlter }, generator: &$1)
        }.results
    }

    private func cluster() throws -> Cluster {
        var cluster = try Cluster(brokers: 3)
        _ = try cluster.create(.automatic("t", partitions: 2, factor: 2), .automatic("u"))
        return cluster
    }

    @Test func `a topic grows and keeps its replication factor`() throws {
        var cluster = try cluster()
        let before = try cluster.topic("t").partitions
        #expect(try grow(&cluster, [Self.wanted("t", 5)]).map(\.errorCode) == [.none])
        let after = try cluster.topic("t").partitions
        #expect(after.count == 5 && Array(after.prefix(2)) == before)
        for partition in after { #expect(partition.replicas.count == 2 && partition.leader == partition.replicas[0]) }
    }

    @Test func `new partitions go where they are told to`() throws {
        var cluster = try cluster()
        let wanted = Wanted(name: "t", count: 4, assignments: [.init(brokerIDs: [3, 1]), .init(brokerIDs: [2, 3])])
        #expect(try grow(&cluster, [wanted]).map(\.errorCode) == [.none])
        #expect(try cluster.topic("t").partitions.dropFirst(2).map(\.replicas) == [[3, 1], [2, 3]])
    }

    @Test(
        arguments: [
            (Self.wanted("x", 5), .unknownTopicOrPartition), (Self.wanted("t", 2), .invalidPartitions),
            (Self.wanted("t", 1), .invalidPartitions), (Self.wanted("t", -1), .invalidPartitions),
            (Self.wanted("t", .min), .invalidPartitions), (Self.wanted("t", .max), .policyViolation),
            (Self.wanted("t", 10_003), .policyViolation),
            (Wanted(name: "t", count: 4, assignments: [.init(brokerIDs: [1, 2])]), .invalidReplicaAssignment),
            (Wanted(name: "t", count: 3, assignments: [.init(brokerIDs: [1])]), .invalidReplicaAssignment),
            (Wanted(name: "t", count: 3, assignments: [.init(brokerIDs: [1, 1])]), .invalidReplicaAssignment),
            (Wanted(name: "t", count: 3, assignments: [.init(brokerIDs: [1, 8])]), .invalidReplicaAssignment),
            (Wanted(name: "t", count: 3, assignments: [.init(brokerIDs: [])]), .invalidReplicaAssignment),
            (Wanted(name: "t", count: 3, assignments: []), .invalidReplicaAssignment),
        ] as [(Wanted, ErrorCode)])
    func `what cannot grow is refused and stays`(wanted: Wanted, code: ErrorCode) throws {
        var cluster = try cluster()
        let before = cluster.controller.image.records
        #expect(try grow(&cluster, [wanted]).map(\.errorCode) == [code])
        #expect(cluster.controller.image.records == before)
    }

    @Test func `rights, repetition and validation are as with creation`() throws {
        var cluster = try cluster()
        let before = cluster.controller.image.records
        #expect(
            try grow(&cluster, [Self.wanted("t", 5)], mayAlter: false).map(\.errorCode)
                == [.topicAuthorizationFailed])
        #expect(try grow(&cluster, [Self.wanted("t", 5)], validateOnly: true).map(\.errorCode) == [.none])
        #expect(cluster.controller.image.records == before)
        let results = try grow(
            &cluster, [Self.wanted("t", 5), Self.wanted("u", 2), Self.wanted("t", 6)])
        #expect(results.map(\.errorCode) == [.invalidRequest, .none])
        #expect(try cluster.topic("t").partitions.count == 2)
        #expect(try cluster.topic("u").partitions.count == 2)
    }

    @Test func `a topic without partitions, as a damaged log may have, can grow`() throws {
        var cluster = try cluster()
        try cluster.commit([.topic(TopicRecord(name: "empty", topicID: id(50)))])
        #expect(try grow(&cluster, [Self.wanted("empty", 2)]).map(\.errorCode) == [.none])
        #expect(try cluster.topic("empty").partitions.count == 2)
    }
}
