import BrokerModel
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Raises partitions' log start offsets: what lies below is gone.
package struct DeleteRecordsHandler: APIHandler {
    package typealias Request = DeleteRecordsRequest

    private let partitions: PartitionTable
    private let workers: Workers
    private let checkpoint: @Sendable () -> Void

    /// - Parameter checkpoint: notes on the disk where the logs begin.
    package init(partitions: PartitionTable, workers: Workers, checkpoint: @escaping @Sendable () -> Void) {
        self.partitions = partitions
        self.workers = workers
        self.checkpoint = checkpoint
    }

    package func actions(for request: DeleteRecordsRequest) -> [AuthorizableAction] {
        request.topics.flatMap { [.topic(.delete, $0.name), .topic(.describe, $0.name)] }
    }

    package func handle(_ request: DeleteRecordsRequest, _ call: Call<DeleteRecordsRequest>) {
        // Raising the start notes it on the disk before it is told, so it does not belong on the loop.
        workers.run { [self] in
            var response = DeleteRecordsResponse()
            response.topics = request.topics.map { topic in
                let results = topic.partitions.map { wanted in
                    var result = DeleteRecordsResponse.DeleteRecordsPartitionResult(
                        partitionIndex: wanted.partitionIndex)
                    do throws(PartitionError) {
                        guard call.rights.allows(.topic(.delete, topic.name)) else {
                            throw PartitionError(.topicAuthorizationFailed)
                        }
                        result.lowWatermark = try partitions.leading(topic.name, wanted.partitionIndex)
                            .deleteRecords(before: wanted.offset)
                    } catch {
                        result.lowWatermark = -1
                        result.errorCode = error.code
                    }
                    return result
                }
                return .init(name: topic.name, partitions: results)
            }
            // What was deleted must not be back after a crash.
            checkpoint()
            call.respond(response)
        }
    }
}
