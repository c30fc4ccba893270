import BrokerConsensus
import BrokerModel
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Tells how the metadata quorum stands: its leader, its voters, and how far each of them is (KIP-595, KIP-853).
package struct DescribeQuorumHandler: APIHandler {
    package typealias Request = DescribeQuorumRequest
    private typealias Partition = DescribeQuorumResponse.PartitionData

    private let controller: ControllerDriver

    package init(controller: ControllerDriver) { self.controller = controller }

    package func actions(for request: DescribeQuorumRequest) -> [AuthorizableAction] { [.cluster(.describe)] }

    package func handle(_ request: DescribeQuorumRequest, _ call: Call<DescribeQuorumRequest>) {
        guard call.rights.allows(.cluster(.describe)) else {
            return call.respond(
                DescribeQuorumResponse(errorCode: .clusterAuthorizationFailed, errorMessage: "Not authorized."))
        }
        controller.describeQuorum { quorum in
            var response = Self.answer(request, quorum)
            if call.version < 2 { Self.leaveOutDirectories(&response) }
            call.respond(response)
        }
    }

    private static func answer(_ request: DescribeQuorumRequest, _ quorum: QuorumStatus) -> DescribeQuorumResponse {
        var response = DescribeQuorumResponse(errorMessage: nil)
        response.topics = request.topics.map { topic in
            let partitions = topic.partitions.map { wanted in
                let isMetadata = topic.topicName == TopicName.clusterMetadata && wanted.partitionIndex == 0
                return isMetadata
                    ? partition(quorum)
                    : Partition(
                        partitionIndex: wanted.partitionIndex, errorCode: .unknownTopicOrPartition, errorMessage: nil)
            }
            return .init(topicName: topic.topicName, partitions: partitions)
        }
        response.nodes = quorum.voters.voters.map { voter in
            .init(
                nodeID: voter.key.id,
                listeners: voter.endpoints.map { .init(name: $0.listenerName, host: $0.host, port: $0.port) })
        }
        return response
    }

    private static func partition(_ quorum: QuorumStatus) -> Partition {
        let description = quorum.description
        guard description.role == .leader else {
            return Partition(
                partitionIndex: 0, errorCode: .notLeaderOrFollower, errorMessage: nil,
                leaderID: description.leader.leaderID ?? -1, leaderEpoch: description.leader.epoch)
        }
        return Partition(
            partitionIndex: 0, errorMessage: nil, leaderID: description.leader.leaderID ?? -1,
            leaderEpoch: description.leader.epoch, highWatermark: description.highWatermark,
            currentVoters: description.voters.map { replica($0, quorum) },
            observers: description.observers.map { replica($0, quorum) })
    }

    private static func replica(
        _ replica: QuorumDescription.Replica, _ quorum: QuorumStatus
    ) -> DescribeQuorumResponse.ReplicaState {
        .init(
            replicaID: replica.key.id, replicaDirectoryID: replica.key.directoryID,
            logEndOffset: replica.logEndOffset, lastFetchTimestamp: quorum.wallTime(replica.lastFetchAt),
            lastCaughtUpTimestamp: quorum.wallTime(replica.lastCaughtUpAt))
    }

    /// What came with version 2 (KIP-853) and cannot be said before.
    private static func leaveOutDirectories(_ response: inout DescribeQuorumResponse) {
        response.nodes = []
        for topic in response.topics.indices {
            for partition in response.topics[topic].partitions.indices {
                for replica in response.topics[topic].partitions[partition].currentVoters.indices {
                    response.topics[topic].partitions[partition].currentVoters[replica].replicaDirectoryID = .zero
                }
                for replica in response.topics[topic].partitions[partition].observers.indices {
                    response.topics[topic].partitions[partition].observers[replica].replicaDirectoryID = .zero
                }
            }
        }
    }
}
