import BrokerController
import BrokerMetadata
import BrokerModel
import BrokerPrimitives
import BrokerWire
import Testing

struct ReassignmentTests {
    private func cluster() throws -> Cluster {
        var cluster = try Cluster(brokers: 3)
        _ = try cluster.create(.manual("t", [(0, [1, 2])]))
        return cluster
    }

    private func reassign(
        _ cluster: inout Cluster, to replicas: [NodeID]?, partition: PartitionIndex = 0, allowsFactorChange: Bool = true
    ) throws -> ErrorCode {
        let request = AlterPartitionReassignmentsRequest(
            allowReplicationFactorChange: allowsFactorChange,
            topics: [.init(name: "t", partitions: [.init(partitionIndex: partition, replicas: replicas)])])
        let reply = try cluster.decide { controller, _ in controller.alterPartitionReassignments(request) }
        return try #require(reply.responses.first?.partitions.first?.errorCode)
    }

    @Test func `the same replicas are nothing to do`() throws {
        var cluster = try cluster()
        let epoch = try cluster.topic("t").partitions[0].partitionEpoch
        #expect(try reassign(&cluster, to: [1, 2]) == .none)
        #expect(try cluster.topic("t").partitions[0].partitionEpoch == epoch)
    }

    @Test func `another order holds at once, directories with their replicas`() throws {
        var cluster = try cluster()
        let before = try cluster.topic("t").partitions[0]
        #expect(try reassign(&cluster, to: [2, 1]) == .none)
        let after = try cluster.topic("t").partitions[0]
        #expect(after.replicas == [2, 1])
        #expect(after.directories == before.directories.reversed())
        #expect(after.leader == 1 && after.leaderEpoch == before.leaderEpoch && !after.isBeingReassigned)
    }

    @Test func `fewer replicas hold at once, and one of them leads`() throws {
        var cluster = try cluster()
        #expect(try reassign(&cluster, to: [2], allowsFactorChange: false) == .invalidReplicationFactor)
        #expect(try reassign(&cluster, to: [2]) == .none)
        let partition = try cluster.topic("t").partitions[0]
        #expect(partition.replicas == [2] && partition.isr == [2] && partition.leader == 2)
    }

    @Test func `replicas that cannot be are refused and change nothing`() throws {
        var cluster = try cluster()
        let before = try cluster.topic("t")
        for replicas: [NodeID] in [[], [1, 1], [9], [1, 9], [3], [1, 2, 3]] {
            #expect(try reassign(&cluster, to: replicas) == .invalidReplicaAssignment, "\(replicas)")
        }
        #expect(try reassign(&cluster, to: [1, 2], partition: 5) == .unknownTopicOrPartition)
        #expect(try cluster.topic("t") == before)
    }

    @Test func `replicas that are all behind are not left alone`() throws {
        var cluster = try cluster()
        var change = PartitionChangeRecord(partitionID: 0, topicID: try cluster.topic("t").id)
        change.isr = [1]
        try cluster.commit([.partitionChange(change)])
        #expect(try reassign(&cluster, to: [2]) == .invalidReplicaAssignment)
    }

    @Test func `what is not under way cannot be cancelled, what is goes back`() throws {
        var cluster = try cluster()
        #expect(try reassign(&cluster, to: nil) == .noReassignmentInProgress)
        var change = PartitionChangeRecord(partitionID: 0, topicID: try cluster.topic("t").id)
        change.replicas = [3, 1, 2]
        change.directories = [id(103), id(101), id(102)]
        change.addingReplicas = [3]
        change.removingReplicas = [2]
        try cluster.commit([.partitionChange(change)])
        #expect(try reassign(&cluster, to: nil) == .none)
        let partition = try cluster.topic("t").partitions[0]
        #expect(partition.replicas == [1, 2] && !partition.isBeingReassigned)
        #expect(partition.directories == [id(101), id(102)])
    }
}
