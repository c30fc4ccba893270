import BrokerMetadata
import BrokerModel
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire
import NIOCore
import Synchronization

/// Appends record batches to partitions.
///
/// Everything happens on the connection's event loop, from the frame to the answer, unless the topic wants its records
/// flushed to the disk first.
package struct ProduceHandler: APIHandler {
    package typealias Request = ProduceRequest
    private typealias Answer = ProduceResponse.PartitionProduceResponse

    private let partitions: PartitionTable
    private let metadata: MetadataView
    private let endpoints: Endpoints
    private let flusher: Flusher

    package init(partitions: PartitionTable, metadata: MetadataView, endpoints: Endpoints, flusher: Flusher) {
        self.partitions = partitions
        self.metadata = metadata
        self.endpoints = endpoints
        self.flusher = flusher
    }

    package func actions(for request: ProduceRequest) -> [AuthorizableAction] {
        var actions: [AuthorizableAction] = []
        actions.reserveCapacity(request.topicData.count)
        for topic in request.topicData {
            let name = topic.topicID == .zero ? topic.name : metadata.image.topics[topic.topicID]?.name
            if let name { actions.append(.topic(.write, name)) }
        }
        if let id = request.transactionalID { actions.append(.init(.write, on: .transactionalID, named: id)) }
        return actions
    }

    package func handle(_ request: ProduceRequest, _ call: Call<ProduceRequest>) {
        var response = ProduceResponse()
        var unflushed: [(partition: Partition, upTo: Offset)] = []
        var failure: ErrorCode?
        response.responses.reserveCapacity(request.topicData.count)
        for topic in request.topicData {
            var answers: [Answer] = []
            answers.reserveCapacity(topic.partitionData.count)
            for data in topic.partitionData {
                var answer = Answer(index: data.index)
                do throws(PartitionError) {
                    let appended = try append(data, of: topic, request, call)
                    answer.baseOffset = appended.baseOffset
                    answer.logAppendTimeMs = appended.logAppendTime
                    answer.logStartOffset = appended.logStartOffset
                    if let upTo = appended.mustFlushUpTo { unflushed.append((appended.partition, upTo)) }
                } catch {
                    failure = error.code
                    fill(&answer, with: error, &response, call)
                }
                answers.append(answer)
            }
            response.responses.append(
                .init(name: topic.name, topicID: topic.topicID, partitionResponses: answers))
        }
        guard request.acks != 0 else {
            // Without answers, the only way to tell of an error is to hang up.
            return failure.map { call.close($0) } ?? call.respondNothing()
        }
        guard unflushed.isEmpty else { return respond(response, after: unflushed, call) }
        call.respond(response)
    }

    private func append(
        _ data: ProduceRequest.PartitionProduceData, of topic: ProduceRequest.TopicProduceData,
        _ request: ProduceRequest, _ call: Call<ProduceRequest>
    ) throws(PartitionError) -> AppendedBatch {
        if let id = request.transactionalID {
            guard call.rights.allows(.init(.write, on: .transactionalID, named: id)) else {
                throw PartitionError(.transactionalIdAuthorizationFailed)
            }
            throw PartitionError(.invalidTxnState, "This broker does not serve transactions yet.")
        }
        let partition: Partition
        if call.version >= 13 {
            partition = try partitions.leading(topic.topicID, data.index)
        } else {
            partition = try partitions.leading(topic.name, data.index)
        }
        guard call.rights.allows(.topic(.write, partition.topic.topic)) else {
            throw PartitionError(.topicAuthorizationFailed)
        }
        guard (-1...1).contains(request.acks) else { throw PartitionError(.invalidRequiredAcks) }
        return try partition.append(
            data.records?.buffer, version: call.version, isTransactional: request.transactionalID != nil,
            acks: request.acks)
    }

    private func fill(
        _ answer: inout Answer, with error: PartitionError, _ response: inout ProduceResponse,
        _ call: Call<ProduceRequest>
    ) {
        answer.errorCode = error.code
        answer.errorMessage = error.message
        answer.baseOffset = -1
        answer.logStartOffset = error.logStartOffset
        answer.recordErrors = error.records.map {
            .init(batchIndex: Int32($0.index), batchIndexErrorMessage: $0.message)
        }
        // Who leads the partition now is told since version 10 (KIP-951).
        guard let leader = error.leader, call.version >= 10 else { return }
        answer.currentLeader = .init(leaderID: leader.id, leaderEpoch: leader.epoch)
        if !response.nodeEndpoints.contains(where: { $0.nodeID == leader.id }),
            let broker = metadata.image.brokers[leader.id],
            let address = endpoints.address(of: broker, for: call.peer)
        {
            response.nodeEndpoints.append(
                .init(nodeID: leader.id, host: address.host, port: address.port, rack: broker.rack))
        }
    }

    /// Answers once every partition has flushed what was appended; one that cannot is answered with an error.
    private func respond(
        _ response: ProduceResponse, after unflushed: [(partition: Partition, upTo: Offset)],
        _ call: Call<ProduceRequest>
    ) {
        let pending = Mutex((response: response, left: unflushed.count))
        let box = PendingResponse(pending: pending)
        for (partition, upTo) in unflushed {
            flusher.flush(partition, upTo: upTo) { succeeded in
                let done = box.pending.withLock { pending -> ProduceResponse? in
                    if !succeeded { pending.response.fail(partition, .kafkaStorageError) }
                    pending.left -= 1
                    return pending.left == 0 ? pending.response : nil
                }
                if let done { call.respond(done) }
            }
        }
    }

    /// A lock cannot be captured by closures; this holds one for them.
    private final class PendingResponse: Sendable {
        let pending: Mutex<(response: ProduceResponse, left: Int)>
        init(pending: consuming Mutex<(response: ProduceResponse, left: Int)>) { self.pending = pending }
    }
}

extension ProduceResponse {
    fileprivate mutating func fail(_ partition: Partition, _ code: ErrorCode) {
        for topic in responses.indices
        where responses[topic].name == partition.topic.topic || responses[topic].topicID == partition.id {
            for index in responses[topic].partitionResponses.indices
            where responses[topic].partitionResponses[index].index == partition.topic.partition {
                responses[topic].partitionResponses[index].errorCode = code
                responses[topic].partitionResponses[index].baseOffset = -1
            }
        }
    }
}
