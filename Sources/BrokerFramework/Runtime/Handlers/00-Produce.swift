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
/// flushed to the disk first, has plug-ins look at them, or has chosen another storage than the broker's own.
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
        var outcome = Outcome()
        var later: [Later] = []
        outcome.response.responses.reserveCapacity(request.topicData.count)
        for (topicIndex, topic) in request.topicData.enumerated() {
            var answers: [Answer] = []
            answers.reserveCapacity(topic.partitionData.count)
            for (index, data) in topic.partitionData.enumerated() {
                var answer = Answer(index: data.index)
                do throws(PartitionError) {
                    let place = try place(of: data.index, topic, request, call)
                    let batch = ProducedBatch(
                        data.records?.buffer, version: call.version, isTransactional: request.transactionalID != nil,
                        acks: request.acks, client: call.context)
                    if case .here(let partition) = place, !partition.appendsAside {
                        outcome.note(try partition.append(batch), in: &answer)
                    } else {
                        later.append(Later(topic: topicIndex, index: index, place: place, batch: batch))
                    }
                } catch {
                    fill(&answer, with: error, &outcome, call)
                }
                answers.append(answer)
            }
            outcome.response.responses.append(
                .init(name: topic.name, topicID: topic.topicID, partitionResponses: answers))
        }
        guard !later.isEmpty else { return finish(outcome, acks: request.acks, call) }
        let pending = Pending(outcome, left: later.count)
        for job in later {
            job.place.append(job.batch) { [self] result in
                let done = pending.settle { outcome in
                    var answer = outcome.response.responses[job.topic].partitionResponses[job.index]
                    switch result {
                    case .success(let appended): outcome.note(appended, in: &answer)
                    case .failure(let error): fill(&answer, with: error, &outcome, call)
                    }
                    outcome.response.responses[job.topic].partitionResponses[job.index] = answer
                }
                if let done { finish(done, acks: request.acks, call) }
            }
        }
    }

    /// What is to be answered, as far as it is known.
    private struct Outcome {
        var response = ProduceResponse()
        var unflushed: [(partition: Partition, upTo: Offset)] = []
        var failure: ErrorCode?

        mutating func note(_ appended: AppendedBatch, in answer: inout Answer) {
            answer.baseOffset = appended.baseOffset
            answer.logAppendTimeMs = appended.logAppendTime
            answer.logStartOffset = appended.logStartOffset
            if let upTo = appended.mustFlushUpTo { unflushed.append((appended.partition, upTo)) }
        }
    }

    /// A batch that is not appended on this thread, and where in the response it is answered.
    private struct Later: Sendable {
        var topic: Int
        var index: Int
        var place: PartitionPlace
        var batch: ProducedBatch
    }

    private func finish(_ outcome: Outcome, acks: Int16, _ call: Call<ProduceRequest>) {
        guard acks != 0 else {
            // Without answers, the only way to tell of an error is to hang up.
            return outcome.failure.map { call.close($0) } ?? call.respondNothing()
        }
        guard outcome.unflushed.isEmpty else { return respond(outcome, call) }
        call.respond(outcome.response)
    }

    /// Where the partition is, if it may be written to.
    private func place(
        of index: PartitionIndex, _ topic: ProduceRequest.TopicProduceData, _ request: ProduceRequest,
        _ call: Call<ProduceRequest>
    ) throws(PartitionError) -> PartitionPlace {
        if let id = request.transactionalID {
            guard call.rights.allows(.init(.write, on: .transactionalID, named: id)) else {
                throw PartitionError(.transactionalIdAuthorizationFailed)
            }
            throw PartitionError(.invalidTxnState, "This broker does not serve transactions yet.")
        }
        let place: PartitionPlace
        if call.version >= 13 {
            place = try partitions.place(of: topic.topicID, index)
        } else {
            place = try partitions.place(of: topic.name, index)
        }
        guard call.rights.allows(.topic(.write, place.topic.topic)) else {
            throw PartitionError(.topicAuthorizationFailed)
        }
        guard (-1...1).contains(request.acks) else { throw PartitionError(.invalidRequiredAcks) }
        return place
    }

    private func fill(
        _ answer: inout Answer, with error: PartitionError, _ outcome: inout Outcome, _ call: Call<ProduceRequest>
    ) {
        outcome.failure = error.code
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
        if !outcome.response.nodeEndpoints.contains(where: { $0.nodeID == leader.id }),
            let broker = metadata.image.brokers[leader.id],
            let address = endpoints.address(of: broker, for: call.peer)
        {
            outcome.response.nodeEndpoints.append(
                .init(nodeID: leader.id, host: address.host, port: address.port, rack: broker.rack))
        }
    }

    /// Answers once every partition has flushed what was appended; one that cannot is answered with an error.
    private func respond(_ outcome: Outcome, _ call: Call<ProduceRequest>) {
        let pending = Pending(outcome, left: outcome.unflushed.count)
        for (partition, upTo) in outcome.unflushed {
            flusher.flush(partition, upTo: upTo) { succeeded in
                let done = pending.settle { outcome in
                    if !succeeded { outcome.response.fail(partition, .kafkaStorageError) }
                }
                if let done { call.respond(done.response) }
            }
        }
    }

    /// An outcome that waits for a number of things.
    private final class Pending: Sendable {
        private let state: Mutex<(outcome: Outcome, left: Int)>

        init(_ outcome: Outcome, left: Int) { state = Mutex((outcome, left)) }

        /// Notes one of them; answers the outcome after the last.
        func settle(_ note: (inout Outcome) -> Void) -> Outcome? {
            state.withLock { state in
                note(&state.outcome)
                state.left -= 1
                return state.left == 0 ? state.outcome : nil
            }
        }
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
