import BrokerMetadata
import BrokerModel
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Tells what lies in the log directory, how large it is, and how much room the volume has (KIP-113, KIP-827).
package struct DescribeLogDirsHandler: APIHandler {
    package typealias Request = DescribeLogDirsRequest
    private typealias Topic = DescribeLogDirsResponse.DescribeLogDirsTopic

    private let cluster: ClusterInfo
    private let metadata: MetadataView
    private let logs: LogManager
    private let workers: Workers
    private let directory: String

    package init(
        cluster: ClusterInfo, metadata: MetadataView, logs: LogManager, workers: Workers, directory: String
    ) {
        self.cluster = cluster
        self.metadata = metadata
        self.logs = logs
        self.workers = workers
        self.directory = directory
    }

    package func actions(for request: DescribeLogDirsRequest) -> [AuthorizableAction] { [.cluster(.describe)] }

    package func handle(_ request: DescribeLogDirsRequest, _ call: Call<DescribeLogDirsRequest>) {
        guard call.rights.allows(.cluster(.describe)) else {
            return call.respond(DescribeLogDirsResponse(errorCode: .clusterAuthorizationFailed))
        }
        // Logs that are not open are measured by their files.
        workers.run { [self] in
            call.respond(DescribeLogDirsResponse(results: [describe(request.topics)]))
        }
    }

    private func describe(
        _ wanted: [DescribeLogDirsRequest.DescribableLogDirTopic]?
    ) -> DescribeLogDirsResponse.DescribeLogDirsResult {
        var result = DescribeLogDirsResponse.DescribeLogDirsResult(logDir: directory)
        let image = metadata.image
        do throws(StorageError) {
            let space = try logs.space()
            result.totalBytes = space.total
            result.usableBytes = space.usable
            if let wanted {
                for topic in wanted {
                    guard let found = image.topics[topic.topic] else { continue }
                    try describe(found, Set(topic.partitions), &result.topics)
                }
            } else {
                for topic in image.topics.all { try describe(topic, nil, &result.topics) }
            }
        } catch {
            result.topics = []
            result.errorCode = .kafkaStorageError
        }
        result.isCordoned = image.brokers[cluster.nodeID]?.cordonedLogDirectories?.isEmpty == false
        return result
    }

    private func describe(
        _ topic: TopicImage, _ wanted: Set<PartitionIndex>?, _ topics: inout [Topic]
    ) throws(StorageError) {
        var entry = Topic(name: topic.name)
        for (number, partition) in topic.partitions.enumerated() where partition.replicas.contains(cluster.nodeID) {
            let number = PartitionIndex(number)
            guard wanted?.contains(number) ?? true else { continue }
            let size = try logs.size(of: TopicPartition(topic: topic.name, partition: number))
            entry.partitions.append(
                .init(partitionIndex: number, partitionSize: size, offsetLag: 0, isFutureKey: false))
        }
        if !entry.partitions.isEmpty { topics.append(entry) }
    }
}
