import BrokerCommitLog
import BrokerModel
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire
import BrokerWorld

/// Tells which idempotent producers a partition remembers, and their open transactions (KIP-664).
package struct DescribeProducersHandler: APIHandler {
    package typealias Request = DescribeProducersRequest

    private let partitions: PartitionTable

    package init(partitions: PartitionTable) { self.partitions = partitions }

    package func actions(for request: DescribeProducersRequest) -> [AuthorizableAction] {
        request.topics.map { .topic(.read, $0.name) }
    }

    package func handle(_ request: DescribeProducersRequest, _ call: Call<DescribeProducersRequest>) {
        partitions.near(request.topics.lazy.map(\.name)) { call.respond(answer(request, call)) }
    }

    private func answer(_ request: DescribeProducersRequest, _ call: Call<DescribeProducersRequest>)
        -> DescribeProducersResponse
    {
        var response = DescribeProducersResponse()
        response.topics = request.topics.map { topic in
            let partitions = topic.partitionIndexes.map { number in
                var result = DescribeProducersResponse.PartitionResponse(partitionIndex: number)
                do throws(PartitionError) {
                    guard call.rights.allows(.topic(.read, topic.name)) else {
                        throw PartitionError(.topicAuthorizationFailed)
                    }
                    result.activeProducers = try self.partitions.leading(topic.name, number).log.activeProducers
                        .map(Self.describe)
                } catch {
                    result.errorCode = error.code
                    result.errorMessage = error.message
                }
                return result
            }
            return .init(name: topic.name, partitions: partitions)
        }
        return response
    }

    private static func describe(_ producer: ProducerState) -> DescribeProducersResponse.ProducerState {
        .init(
            producerID: producer.producerID, producerEpoch: Int32(producer.epoch),
            lastSequence: producer.lastSequence, lastTimestamp: producer.lastTimestamp,
            coordinatorEpoch: producer.coordinatorEpoch, currentTxnStartOffset: producer.transactionStart ?? -1)
    }
}
