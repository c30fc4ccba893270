import BrokerModel
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Finds offsets by time, or the ends of a partition.
package struct ListOffsetsHandler: APIHandler {
    package typealias Request = ListOffsetsRequest
    private typealias Answer = ListOffsetsResponse.ListOffsetsPartitionResponse

    private let partitions: PartitionTable

    package init(partitions: PartitionTable) { self.partitions = partitions }

    package func actions(for request: ListOffsetsRequest) -> [AuthorizableAction] {
        request.topics.map { .topic(.describe, $0.name) }
    }

    package func handle(_ request: ListOffsetsRequest, _ call: Call<ListOffsetsRequest>) {
        partitions.near(request.topics.lazy.map(\.name)) { call.respond(answer(request, call)) }
    }

    private func answer(_ request: ListOffsetsRequest, _ call: Call<ListOffsetsRequest>) -> ListOffsetsResponse {
        let isolation = Isolation(rawValue: request.isolationLevel) ?? .readUncommitted
        var response = ListOffsetsResponse()
        response.topics = request.topics.map { topic in
            let repeated = Dictionary(grouping: topic.partitions, by: \.partitionIndex).filter { $0.value.count > 1 }
            let answers = topic.partitions.map { wanted in
                var answer = Answer(partitionIndex: wanted.partitionIndex)
                do throws(PartitionError) {
                    guard call.rights.allows(.topic(.describe, topic.name)) else {
                        throw PartitionError(.topicAuthorizationFailed)
                    }
                    guard repeated[wanted.partitionIndex] == nil else { throw PartitionError(.invalidRequest) }
                    let query = OffsetQuery(wanted.timestamp)
                    guard call.version >= query.firstVersion else { throw PartitionError(.unsupportedVersion) }
                    let partition = try partitions.leading(topic.name, wanted.partitionIndex)
                    let found = try partition.offset(
                        at: query, isolation: isolation,
                        currentLeaderEpoch: wanted.currentLeaderEpoch)
                    answer.offset = found.offset
                    answer.timestamp = found.timestamp
                    if call.version >= 4 { answer.leaderEpoch = found.leaderEpoch }
                } catch {
                    answer.errorCode = error.code
                }
                return answer
            }
            return .init(name: topic.name, partitions: answers)
        }
        return response
    }
}
