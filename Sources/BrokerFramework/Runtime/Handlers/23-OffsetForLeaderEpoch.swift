import BrokerModel
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Tells where the records of a leader epoch end, so that a reader can tell whether it must go back (KIP-101, KIP-320).
package struct OffsetForLeaderEpochHandler: APIHandler {
    package typealias Request = OffsetForLeaderEpochRequest

    private let partitions: PartitionTable

    package init(partitions: PartitionTable) { self.partitions = partitions }

    package func actions(for request: OffsetForLeaderEpochRequest) -> [AuthorizableAction] {
        request.topics.map { .topic(.describe, $0.topic) }
    }

    package func handle(_ request: OffsetForLeaderEpochRequest, _ call: Call<OffsetForLeaderEpochRequest>) {
        partitions.near(request.topics.lazy.map(\.topic)) { call.respond(answer(request, call)) }
    }

    private func answer(_ request: OffsetForLeaderEpochRequest, _ call: Call<OffsetForLeaderEpochRequest>)
        -> OffsetForLeaderEpochResponse
    {
        var response = OffsetForLeaderEpochResponse()
        response.topics = request.topics.map { topic in
            let answers = topic.partitions.map { wanted in
                var answer = OffsetForLeaderEpochResponse.EpochEndOffset(partition: wanted.partition)
                do throws(PartitionError) {
                    guard call.rights.allows(.topic(.describe, topic.topic)) else {
                        throw PartitionError(.topicAuthorizationFailed)
                    }
                    let end = try partitions.leading(topic.topic, wanted.partition)
                        .endOffset(of: wanted.leaderEpoch, currentLeaderEpoch: wanted.currentLeaderEpoch)
                    answer.leaderEpoch = end.epoch
                    answer.endOffset = end.endOffset
                } catch {
                    answer.errorCode = error.code
                    answer.leaderEpoch = -1
                    answer.endOffset = -1
                }
                return answer
            }
            return .init(topic: topic.topic, partitions: answers)
        }
        return response
    }
}
