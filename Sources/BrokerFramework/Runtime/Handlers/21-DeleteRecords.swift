import BrokerModel
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Raises partitions' log start offsets: what lies below is gone.
package struct DeleteRecordsHandler: APIHandler {
    package typealias Request = DeleteRecordsRequest

    private let partitions: PartitionTable
    private let workers: Workers
    private let checkpoint: @Sendable () throws -> Void

    /// - Parameter checkpoint: notes on the disk where the logs begin, or throws if it cannot.
    package init(partitions: PartitionTable, workers: Workers, checkpoint: @escaping @Sendable () throws -> Void) {
        self.partitions = partitions
        self.workers = workers
        self.checkpoint = checkpoint
    }

    package func actions(for request: DeleteRecordsRequest) -> [AuthorizableAction] {
        request.topics.map { .topic(.delete, $0.name) }
    }

    package func handle(_ request: DeleteRecordsRequest, _ call: Call<DeleteRecordsRequest>) {
        // Raising the start notes it on the disk before it is told, so it does not belong on the loop.
        workers.run { [self] in
            var response = DeleteRecordsResponse()
            response.topics = request.topics.map { delete($0, call.rights) }
            // What was told to be deleted must not be back after a crash, be it that an earlier request deleted it.
            let deletes = response.topics.contains { topic in topic.partitions.contains { $0.errorCode == .none } }
            if deletes, (try? checkpoint()) == nil { Self.fail(&response) }
            call.respond(response)
        }
    }

    private func delete(
        _ topic: DeleteRecordsRequest.DeleteRecordsTopic, _ rights: Rights
    ) -> DeleteRecordsResponse.DeleteRecordsTopicResult {
        let results = topic.partitions.map { wanted in
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
            } catch {
                result.lowWatermark = -1
                result.errorCode = error.code
            }
            return result
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
