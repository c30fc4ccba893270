import BrokerMetadata
import BrokerModel
import BrokerPrimitives
package import BrokerWire

extension Controller {
    /// Decides a CreatePartitions request: `count` is what a topic shall have in all.
    ///
    /// - Parameters:
    ///   - judge: what is asked about each topic that could grow; nil where nobody is.
    ///   - charge: counts partitions against the asker's quota; answers the error if that is used up.
    package func createPartitions(
        _ request: CreatePartitionsRequest, mayAlter: (String) -> Bool, judge: TopicJudge? = nil,
        charge: (Int) -> ControllerError? = { _ in nil },
        generator: inout some RandomNumberGenerator
    ) -> Decision<CreatePartitionsResponse> {
        var decision = Decision(reply: CreatePartitionsResponse())
        var placement = ReplicaPlacement(settings.placer, brokers: image.brokers.values)
        let repeated = Set(Dictionary(grouping: request.topics, by: \.name).filter { $0.value.count > 1 }.keys)
        let asked = request.topics.reduce(0) { sum, topic in
            sum + max(0, Int(topic.count) - (image.topics[topic.name]?.partitions.count ?? 0))
        }
        var seen: Set<String> = []
        for topic in request.topics where seen.insert(topic.name).inserted {
            var result = CreatePartitionsResponse.CreatePartitionsTopicResult()
            result.name = topic.name
            result.errorMessage = nil
            do throws(ControllerError) {
                if repeated.contains(topic.name) {
                    throw ControllerError(.invalidRequest, "Duplicate topic name.")
                }
                guard mayAlter(topic.name) else { throw ControllerError(.topicAuthorizationFailed, "Not authorized.") }
                if asked > Self.maximumPartitionsPerRequest { throw Self.excessive }
                let records = try grow(topic, placement: &placement, generator: &generator)
                if let judge, let present = image.topics[topic.name] {
                    let change = growth(
                        of: present, to: Int(topic.count), assignments: topic.assignments?.map(\.brokerIDs) ?? [],
                        isDryRun: request.validateOnly)
                    if let error = judge(change) { throw error }
                }
                if let error = charge(records.count) { throw error }
                if !request.validateOnly { decision.records += records }
            } catch {
                result.errorCode = error.code
                result.errorMessage = error.message
            }
            decision.reply.results.append(result)
        }
        decision.remarks = placement.remarks
        return decision
    }

    private func grow(
        _ wanted: CreatePartitionsRequest.CreatePartitionsTopic, placement: inout ReplicaPlacement,
        generator: inout some RandomNumberGenerator
    ) throws(ControllerError) -> [MetadataRecord] {
        guard let topic = image.topics[wanted.name] else {
            throw ControllerError(.unknownTopicOrPartition, "This server does not host this topic-partition.")
        }
        let present = topic.partitions.count
        let count = Int(wanted.count)
        if count == present {
            throw ControllerError(.invalidPartitions, "Topic already has \(present) partition(s).")
        }
        if count < present {
            throw ControllerError(
                .invalidPartitions,
                "The topic \(topic.name) currently has \(present) partition(s); \(count) would not be an increase.")
        }
        let factor = topic.partitions.first?.replicas.count ?? settings.defaultReplicationFactor
        var replicas: [[NodeID]] = []
        if let assignments = wanted.assignments {
            guard assignments.count == count - present else {
                throw ControllerError(
                    .invalidReplicaAssignment,
                    "Attempted to add \(count - present) additional partition(s), but only \(assignments.count) "
                        + "assignment(s) were specified.")
            }
            for assignment in assignments { try check(assignment.brokerIDs, replicationFactor: factor) }
            replicas = assignments.map(\.brokerIDs)
        } else {
            replicas = try placement.place(
                count - present, of: topic.name, replicationFactor: factor,
                existing: topic.partitions.map(\.replicas), generator: &generator)
        }
        return replicas.enumerated().map { number, replicas in
            .partition(newPartition(replicas).record(topicID: topic.id, partition: PartitionIndex(present + number)))
        }
    }
}
