import BrokerModel
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Raises partitions' log start offsets: what lies below is gone.
package struct DeleteRecordsHandler: APIHandler {
    package typealias Request = DeleteRecordsRequest

    private let partitions: PartitionTable
    private let workers: Workers
    private let checkpoint: @Sendable (LogManager) throws -> Void

    /// - Parameter checkpoint: notes on the disk where a storage's logs begin, or throws if it cannot.
    package init(
        partitions: PartitionTable, workers: Workers, checkpoint: @escaping @Sendable (LogManager) throws -> Void
    ) {
        self.partitions = partitions
        self.workers = workers
        self.checkpoint = checkpoint
    }

    package func actions(for request: DeleteRecordsRequest) -> [AuthorizableAction] {
        request.topics.map { .topic(.delete, $0.name) }
    }

    package func handle(_ request: DeleteRecordsRequest, _ call: Call<DeleteRecordsRequest>) {
        // Raising the start notes it on the disk before it is told, so it does not belong on the loop.
        let threads: any WorkThreads = partitions.threads(forTopics: request.topics.lazy.map(\.name)) ?? workers
        threads.run { [self] in
            var response = DeleteRecordsResponse()
            var storages: [LogManager] = []
            response.topics = request.topics.map { delete($0, call.rights, &storages) }
            // What was told to be deleted must not be back after a crash, be it that an earlier request deleted it.
            do { for logs in storages { try checkpoint(logs) } } catch { Self.fail(&response) }
            call.respond(response)
        }
    }

    /// - Parameter storages: gets those in which something was deleted.
    private func delete(
        _ topic: DeleteRecordsRequest.DeleteRecordsTopic, _ rights: Rights, _ storages: inout [LogManager]
    ) -> DeleteRecordsResponse.DeleteRecordsTopicResult {
        var results: [DeleteRecordsResponse.DeleteRecordsPartitionResult] = []
        for wanted in topic.partitions {
            var result = DeleteRecordsResponse.DeleteRecordsPartitionResult(partitionIndex: wanted.partitionIndex)
            do throws(PartitionError) {
                guard rights.allows(.topic(.delete, topic.name)) else {
                    throw PartitionError(.topicAuthorizationFailed)
                }
                let partition = try partitions.leading(topic.name, wanted.partitionIndex)
                guard !TopicName.internalTopics.contains(topic.name) else {
                    throw PartitionError(.invalidTopicException)
                }
                result.lowWatermark = try partition.deleteRecords(before: wanted.offset)
                if !storages.contains(where: { $0 === partition.logs }) { storages.append(partition.logs) }
            } catch {
                result.lowWatermark = -1
                result.errorCode = error.code
            }
            results.append(result)
        }
        return .init(name: topic.name, partitions: results)
    }

    /// Nothing was deleted for certain.
    private static func fail(_ response: inout DeleteRecordsResponse) {
        for topic in response.topics.indices {
            for partition in response.topics[topic].partitions.indices
            where response.topics[topic].partitions[partition].errorCode == .none {
                response.topics[topic].partitions[partition].errorCode = .kafkaStorageError
                response.topics[topic].partitions[partition].lowWatermark = -1
            }
        }
    }
}
