import BrokerMetadata
import BrokerModel
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Tells what lies in the log directories, how large it is, and how much room their volumes have (KIP-113, KIP-827).
package struct DescribeLogDirsHandler: APIHandler {
    package typealias Request = DescribeLogDirsRequest
    private typealias Topic = DescribeLogDirsResponse.DescribeLogDirsTopic

    private let cluster: ClusterInfo
    private let metadata: MetadataView
    private let storages: TopicStorages
    private let workers: Workers

    package init(
        cluster: ClusterInfo, metadata: MetadataView, storages: TopicStorages, workers: Workers
    ) {
        self.cluster = cluster
        self.metadata = metadata
        self.storages = storages
        self.workers = workers
    }

    package func actions(for request: DescribeLogDirsRequest) -> [AuthorizableAction] { [.cluster(.describe)] }

    package func handle(_ request: DescribeLogDirsRequest, _ call: Call<DescribeLogDirsRequest>) {
        guard call.rights.allows(.cluster(.describe)) else {
            return call.respond(DescribeLogDirsResponse(errorCode: .clusterAuthorizationFailed))
        }
        // Logs that are not open are measured by their files. Whoever asks waits for every storage, and nobody else.
        let threads: any WorkThreads = storages.open.lazy.compactMap(\.threads).first ?? workers
        threads.run { [self] in
            call.respond(DescribeLogDirsResponse(results: describe(request.topics)))
        }
    }

    /// Each storage that has topics is a directory of its own.
    private func describe(
        _ wanted: [DescribeLogDirsRequest.DescribableLogDirTopic]?
    ) -> [DescribeLogDirsResponse.DescribeLogDirsResult] {
        let image = metadata.image
        let partitions = wanted.map { wanted in
            Dictionary(wanted.map { ($0.topic, Set($0.partitions)) }) { $0.union($1) }
        }
        var topics = Dictionary(grouping: image.topics.all) { storages.chosen(by: $0) }
        topics[nil, default: []] += []
        return topics.sorted { ($0.key ?? "") < ($1.key ?? "") }.map { name, topics in
            describe(name, topics.filter { partitions?.keys.contains($0.name) ?? true }, partitions, image)
        }
    }

    private func describe(
        _ storage: String?, _ topics: [TopicImage], _ wanted: [String: Set<PartitionIndex>]?, _ image: MetadataImage
    ) -> DescribeLogDirsResponse.DescribeLogDirsResult {
        var result = DescribeLogDirsResponse.DescribeLogDirsResult(logDir: storages.path(of: storage))
        do {
            let logs = try storages.logs(in: storage)
            let space = try logs.space()
            result.totalBytes = space.total
            result.usableBytes = space.usable
            for topic in topics { try describe(topic, in: logs, wanted?[topic.name], &result.topics) }
        } catch {
            result.topics = []
            result.errorCode = .kafkaStorageError
        }
        result.isCordoned = image.brokers[cluster.nodeID]?.cordonedLogDirectories?.isEmpty == false
        return result
    }

    private func describe(
        _ topic: TopicImage, in logs: LogManager, _ wanted: Set<PartitionIndex>?, _ topics: inout [Topic]
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
