import BrokerController
import BrokerMetadata
import BrokerModel
import BrokerPrimitives
import BrokerWire
import Testing

struct ElectLeadersTests {
    /// Topic `t` on brokers 1 and 2: partition 0 led by 1, the preferred one; partition 1 by 1, though 2 is preferred.
    private func cluster() throws -> Cluster {
        var cluster = try Cluster(brokers: 2)
        _ = try cluster.create(.manual("t", [(0, [1, 2]), (1, [2, 1])]))
        try cluster.commit([.partitionChange(.electing(1, partition: 1, of: try cluster.topic("t").id))])
        return cluster
    }

    private func elect(
        _ cluster: inout Cluster, _ kind: Int8, _ partitions: [PartitionIndex]?, topic: String = "t"
    ) throws -> [PartitionIndex: ErrorCode] {
        let request = ElectLeadersRequest(
            electionType: kind, topicPartitions: partitions.map { [.init(topic: topic, partitions: $0)] })
        let reply = try cluster.decide { controller, _ in controller.electLeaders(request) }
        #expect(reply.errorCode == .none)
        let results = reply.replicaElectionResults.flatMap(\.partitionResult)
        return Dictionary(uniqueKeysWithValues: results.map { ($0.partitionID, $0.errorCode) })
    }

    @Test func `the preferred leader takes over in a new epoch, where it does not lead already`() throws {
        var cluster = try cluster()
        let before = try cluster.topic("t").partitions[1].leaderEpoch
        #expect(try elect(&cluster, 0, [0, 1]) == [0: .electionNotNeeded, 1: .none])
        #expect(try cluster.topic("t").partitions.map(\.leader) == [1, 2])
        #expect(try cluster.topic("t").partitions[1].leaderEpoch == before + 1)
    }

    @Test func `a request for all partitions tells only of those that changed`() throws {
        var cluster = try cluster()
        #expect(try elect(&cluster, 0, nil) == [1: .none])
        #expect(try elect(&cluster, 0, nil) == [:])
    }

    @Test func `a preferred leader that is fenced or not in sync does not lead`() throws {
        var fenced = try cluster()
        try fenced.commit([.fenceBroker(FenceBrokerRecord(id: 2, epoch: 20))])
        #expect(try elect(&fenced, 0, [1]) == [1: .preferredLeaderNotAvailable])
        var behind = try cluster()
        var change = PartitionChangeRecord(partitionID: 1, topicID: try behind.topic("t").id)
        change.isr = [1]
        try behind.commit([.partitionChange(change)])
        #expect(try elect(&behind, 0, [1]) == [1: .preferredLeaderNotAvailable])
        #expect(try behind.topic("t").partitions[1].leader == 1)
    }

    @Test func `what does not exist is unknown`() throws {
        var cluster = try cluster()
        #expect(try elect(&cluster, 0, [2, -1]) == [2: .unknownTopicOrPartition, -1: .unknownTopicOrPartition])
        #expect(try elect(&cluster, 1, [0], topic: "x") == [0: .unknownTopicOrPartition])
    }

    @Test func `an unclean election finds a leader only where there is none`() throws {
        var cluster = try cluster()
        #expect(try elect(&cluster, 1, [0]) == [0: .electionNotNeeded])
        var change = PartitionChangeRecord(partitionID: 0, topicID: try cluster.topic("t").id)
        change.isr = [1]
        change.leader = -1
        try cluster.commit([.partitionChange(change), .fenceBroker(FenceBrokerRecord(id: 1, epoch: 10))])
        #expect(try elect(&cluster, 1, [0]) == [0: .none])
        #expect(try cluster.topic("t").partitions[0].leader == 2)
        #expect(try cluster.topic("t").partitions[0].isr == [2])
    }

    @Test func `without a live replica there is no leader at any price`() throws {
        var cluster = try cluster()
        var change = PartitionChangeRecord(partitionID: 0, topicID: try cluster.topic("t").id)
        change.leader = -1
        try cluster.commit([
            .partitionChange(change), .fenceBroker(FenceBrokerRecord(id: 1, epoch: 10)),
            .fenceBroker(FenceBrokerRecord(id: 2, epoch: 20)),
        ])
        #expect(try elect(&cluster, 1, [0]) == [0: .eligibleLeadersNotAvailable])
    }

    @Test func `an unknown kind of election is refused`() throws {
        let reply = try cluster().controller.electLeaders(ElectLeadersRequest(electionType: 7)).reply
        #expect(reply.errorCode == .invalidRequest)
    }
}
