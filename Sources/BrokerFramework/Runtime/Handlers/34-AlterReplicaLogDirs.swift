import BrokerMetadata
import BrokerModel
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Moves replicas between log directories. Each topic has one directory, so every replica is where it can be asked to go.
package struct AlterReplicaLogDirsHandler: APIHandler {
    package typealias Request = AlterReplicaLogDirsRequest

    private let cluster: ClusterInfo
    private let metadata: MetadataView
    private let storages: TopicStorages

    package init(cluster: ClusterInfo, metadata: MetadataView, storages: TopicStorages) {
        self.cluster = cluster
        self.metadata = metadata
        self.storages = storages
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
        let found = metadata.image.topics[topic]
        guard path == storages.path(of: found.flatMap(storages.chosen)) else { return .logDirNotFound }
        guard let partitions = found?.partitions, partitions.indices.contains(Int(number))
        else { return .unknownTopicOrPartition }
        return partitions[Int(number)].replicas.contains(cluster.nodeID) ? .none : .replicaNotAvailable
    }
}
