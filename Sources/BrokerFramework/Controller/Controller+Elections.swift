import BrokerMetadata
import BrokerModel
import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

extension Controller {
    /// Decides an ElectLeaders request: preferred leaders, or leaders at any price where there are none.
    ///
    /// A request that names no partitions means all, and is told only of those where there was something to do.
    package func electLeaders(_ request: ElectLeadersRequest) -> Decision<ElectLeadersResponse> {
        var decision = Decision(reply: ElectLeadersResponse())
        guard let kind = ElectionKind(rawValue: request.electionType) else {
            decision.reply.errorCode = .invalidRequest
            return decision
        }
        let wanted =
            request.topicPartitions?.map { ($0.topic, $0.partitions) }
            ?? image.topics.all.sorted { $0.name < $1.name }.map { topic in
                (topic.name, topic.partitions.indices.map { PartitionIndex($0) })
            }
        for (topic, partitions) in wanted {
            var results: [ElectLeadersResponse.PartitionResult] = []
            for number in partitions {
                var result = ElectLeadersResponse.PartitionResult(partitionID: number, errorMessage: nil)
                do throws(ControllerError) {
                    decision.records.append(.partitionChange(try elect(kind, topic, number)))
                } catch {
                    if error.code == .electionNotNeeded, request.topicPartitions == nil { continue }
                    result.errorCode = error.code
                    result.errorMessage = error.message
                }
                results.append(result)
            }
            if !results.isEmpty || request.topicPartitions != nil {
                decision.reply.replicaElectionResults.append(.init(topic: topic, partitionResult: results))
            }
        }
        return decision
    }

    private enum ElectionKind: Int8 {
        case preferred = 0
        case unclean = 1
    }

    private func elect(
        _ kind: ElectionKind, _ topic: String, _ number: PartitionIndex
    ) throws(ControllerError) -> PartitionChangeRecord {
        let (id, partition) = try self.partition(number, of: topic)
        switch kind {
        case .preferred:
            guard let preferred = partition.replicas.first, preferred != partition.leader else {
                throw ControllerError(.electionNotNeeded, "The preferred leader leads already.")
            }
            guard partition.isr.contains(preferred), isLive(preferred) else {
                throw ControllerError(
                    .preferredLeaderNotAvailable,
                    "The preferred leader, broker \(preferred), is not in sync or not there.")
            }
            return .electing(preferred, partition: number, of: id)
        case .unclean:
            guard partition.leader == -1 else {
                throw ControllerError(.electionNotNeeded, "Broker \(partition.leader) leads.")
            }
            if let leader = partition.replicas.first(where: { partition.isr.contains($0) && isLive($0) }) {
                return .electing(leader, partition: number, of: id)
            }
            guard let leader = partition.replicas.first(where: isLive) else {
                throw ControllerError(.eligibleLeadersNotAvailable, "No broker with a replica is there.")
            }
            var change = PartitionChangeRecord.electing(leader, partition: number, of: id)
            change.isr = [leader]
            if !partition.eligibleLeaderReplicas.isEmpty { change.eligibleLeaderReplicas = [] }
            if !partition.lastKnownEligibleLeaderReplicas.isEmpty { change.lastKnownElr = [] }
            return change
        }
    }
}

extension Controller {
    func isLive(_ broker: NodeID) -> Bool {
        image.brokers[broker].map { !$0.isFenced && !$0.isInControlledShutdown } ?? false
    }

    func partition(
        _ number: PartitionIndex, of topic: String
    ) throws(ControllerError) -> (topic: TopicID, partition: PartitionImage) {
        guard let found = image.topics[topic] else {
            throw ControllerError(.unknownTopicOrPartition, "The topic '\(topic.excerpt)' does not exist.")
        }
        guard found.partitions.indices.contains(Int(number)) else {
            throw ControllerError(.unknownTopicOrPartition, "The topic '\(topic)' has no partition \(number).")
        }
        return (found.id, found.partitions[Int(number)])
    }
}
