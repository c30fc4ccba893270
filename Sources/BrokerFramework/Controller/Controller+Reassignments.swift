package import BrokerMetadata
import BrokerModel
import BrokerPrimitives
package import BrokerWire

extension Controller {
    /// Decides an AlterPartitionReassignments request, partition by partition (KIP-455).
    ///
    /// What needs no copying is done at once: another order, or fewer replicas. Replicas that would have to be copied
    /// are refused, as brokers do not replicate yet.
    package func alterPartitionReassignments(
        _ request: AlterPartitionReassignmentsRequest
    ) -> Decision<AlterPartitionReassignmentsResponse> {
        var decision = Decision(reply: AlterPartitionReassignmentsResponse(errorMessage: nil))
        decision.reply.allowReplicationFactorChange = request.allowReplicationFactorChange
        for topic in request.topics {
            var response = AlterPartitionReassignmentsResponse.ReassignableTopicResponse(name: topic.name)
            for wanted in topic.partitions {
                var result = AlterPartitionReassignmentsResponse.ReassignablePartitionResponse(
                    partitionIndex: wanted.partitionIndex, errorMessage: nil)
                do throws(ControllerError) {
                    let change = try reassign(
                        wanted, of: topic.name, allowsFactorChange: request.allowReplicationFactorChange)
                    if let change { decision.records.append(.partitionChange(change)) }
                } catch {
                    result.errorCode = error.code
                    result.errorMessage = error.message
                }
                response.partitions.append(result)
            }
            decision.reply.responses.append(response)
        }
        return decision
    }

    private func reassign(
        _ wanted: AlterPartitionReassignmentsRequest.ReassignablePartition, of topic: String, allowsFactorChange: Bool
    ) throws(ControllerError) -> PartitionChangeRecord? {
        let (id, partition) = try self.partition(wanted.partitionIndex, of: topic)
        guard let target = wanted.replicas else {
            guard partition.isBeingReassigned else {
                throw ControllerError(.noReassignmentInProgress, "No partition reassignment is in progress.")
            }
            return try change(partition, wanted.partitionIndex, of: id, to: partition.replicasBeforeReassignment)
        }
        try check(target, replicationFactor: target.count)
        let factor = partition.replicasBeforeReassignment.count
        guard allowsFactorChange || target.count == factor else {
            throw ControllerError(
                .invalidReplicationFactor,
                "The replication factor is \(factor); \(target.count) replicas would change it, which the request rules "
                    + "out.")
        }
        if let missing = target.first(where: { !partition.isSettled($0) }) {
            throw ControllerError(
                .invalidReplicaAssignment,
                "Broker \(missing) has no replica of the partition, and brokers cannot copy one from another yet.")
        }
        return try change(partition, wanted.partitionIndex, of: id, to: target)
    }

    /// Makes `target` the replicas, none of which needs copying; nil if they are that already.
    private func change(
        _ partition: PartitionImage, _ number: PartitionIndex, of topic: TopicID, to target: [NodeID]
    ) throws(ControllerError) -> PartitionChangeRecord? {
        guard target != partition.replicas || partition.isBeingReassigned else { return nil }
        var change = PartitionChangeRecord()
        change.partitionID = number
        change.topicID = topic
        if target != partition.replicas { change.replicas = target }
        let isr = partition.isr.filter(target.contains)
        guard !isr.isEmpty else {
            throw ControllerError(
                .invalidReplicaAssignment, "None of the replicas \(target) is in sync; records would be lost.")
        }
        if isr != partition.isr { change.isr = isr }
        if partition.leader != -1, !target.contains(partition.leader) {
            change.leader = target.first { isr.contains($0) && isLive($0) } ?? -1
        }
        if !partition.addingReplicas.isEmpty { change.addingReplicas = [] }
        if !partition.removingReplicas.isEmpty { change.removingReplicas = [] }
        if partition.directories.count == partition.replicas.count, target != partition.replicas {
            let known = Dictionary(zip(partition.replicas, partition.directories)) { first, _ in first }
            change.directories = target.map { known[$0] ?? .zero }
        }
        let eligible = partition.eligibleLeaderReplicas.filter(target.contains)
        if eligible != partition.eligibleLeaderReplicas { change.eligibleLeaderReplicas = eligible }
        return change
    }
}

extension PartitionImage {
    /// Whether replicas are being added or removed.
    package var isBeingReassigned: Bool { !addingReplicas.isEmpty || !removingReplicas.isEmpty }

    var replicasBeforeReassignment: [NodeID] { replicas.filter { !addingReplicas.contains($0) } }

    /// Whether a broker has a replica that needs no more copying.
    func isSettled(_ broker: NodeID) -> Bool {
        replicas.contains(broker) && (!addingReplicas.contains(broker) || isr.contains(broker))
    }
}
