import BrokerController
import BrokerMetadata
import BrokerModel
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Tells which partitions are getting or losing replicas.
package struct ListPartitionReassignmentsHandler: APIHandler {
    package typealias Request = ListPartitionReassignmentsRequest

    private let metadata: MetadataView

    package init(metadata: MetadataView) { self.metadata = metadata }

    package func actions(for request: ListPartitionReassignmentsRequest) -> [AuthorizableAction] {
        [.cluster(.describe)]
    }

    package func handle(
        _ request: ListPartitionReassignmentsRequest, _ call: Call<ListPartitionReassignmentsRequest>
    ) {
        var response = ListPartitionReassignmentsResponse(errorMessage: nil)
        guard call.rights.allows(.cluster(.describe)) else {
            response.errorCode = .clusterAuthorizationFailed
            response.errorMessage = "Not authorized."
            return call.respond(response)
        }
        let topics = metadata.image.topics
        if let wanted = request.topics {
            for topic in wanted {
                guard let found = topics[topic.name] else { continue }
                response.topics += Self.reassignments(of: found, among: Set(topic.partitionIndexes))
            }
        } else {
            response.topics = topics.all.flatMap { Self.reassignments(of: $0, among: nil) }
        }
        call.respond(response)
    }

    private static func reassignments(
        of topic: TopicImage, among wanted: Set<PartitionIndex>?
    ) -> [ListPartitionReassignmentsResponse.OngoingTopicReassignment] {
        let partitions = topic.partitions.enumerated().compactMap {
            number, partition -> ListPartitionReassignmentsResponse.OngoingPartitionReassignment? in
            let number = PartitionIndex(number)
            guard partition.isBeingReassigned, wanted?.contains(number) ?? true else { return nil }
            return .init(
                partitionIndex: number, replicas: partition.replicas, addingReplicas: partition.addingReplicas,
                removingReplicas: partition.removingReplicas)
        }
        return partitions.isEmpty ? [] : [.init(name: topic.name, partitions: partitions)]
    }
}
