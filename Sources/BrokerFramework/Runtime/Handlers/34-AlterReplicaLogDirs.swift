import BrokerMetadata
import BrokerModel
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Moves replicas between log directories. With one directory, every replica is where it can be asked to go.
package struct AlterReplicaLogDirsHandler: APIHandler {
    package typealias Request = AlterReplicaLogDirsRequest

    private let cluster: ClusterInfo
    private let metadata: MetadataView
    private let directory: String

    /// - Parameter directory: the log directory, as DescribeLogDirs tells it.
    package init(cluster: ClusterInfo, metadata: MetadataView, directory: String) {
        self.cluster = cluster
        self.metadata = metadata
        self.directory = directory
    }

    package func actions(for request: AlterReplicaLogDirsRequest) -> [AuthorizableAction] { [.cluster(.alter)] }

    package func handle(_ request: AlterReplicaLogDirsRequest, _ call: Call<AlterReplicaLogDirsRequest>) {
        let isAllowed = call.rights.allows(.cluster(.alter))
        var response = AlterReplicaLogDirsResponse()
        for wanted in request.dirs {
            for topic in wanted.topics {
                let partitions = topic.partitions.map { number in
                    AlterReplicaLogDirsResponse.AlterReplicaLogDirPartitionResult(
                        partitionIndex: number,
                        errorCode: isAllowed
                            ? move(topic.name, number, to: wanted.path) : .clusterAuthorizationFailed)
                }
                response.results.append(.init(topicName: topic.name, partitions: partitions))
            }
        }
        call.respond(response)
    }

    private func move(_ topic: String, _ number: PartitionIndex, to path: String) -> ErrorCode {
        guard path == directory else { return .logDirNotFound }
        guard let partitions = metadata.image.topics[topic]?.partitions, partitions.indices.contains(Int(number))
        else { return .unknownTopicOrPartition }
        return partitions[Int(number)].replicas.contains(cluster.nodeID) ? .none : .replicaNotAvailable
    }
}
