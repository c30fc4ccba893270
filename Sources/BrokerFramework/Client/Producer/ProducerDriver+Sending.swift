import BrokerModel
import BrokerPluginAPI
import BrokerPrimitives
import BrokerWire
import BrokerWorld
import NIOCore
import Synchronization

extension ProducerDriver {
    /// Asks the core what to do and does it.
    func step() async {
        let now = now
        let (plan, connections, topics) = state.withLock { state in
            let plan = state.core.plan(now: now)
            if let time = plan.wakeAt { wake(at: time, &state) }
            return (plan, state.connections, state.topics)
        }
        if !plan.deliveries.isEmpty { settle(plan.deliveries) }
        for topic in plan.topicsWithoutLeader { refresh(topic) }
        for node in plan.nodesToConnect { connect(node) }
        if plan.needsIdentity { askForIdentity() }
        for request in plan.requests {
            let ids = request.batches.map { topics[$0.partition.topic]?.metadata.id ?? .zero }
            send(request, topicIDs: ids, over: connections[request.node])
        }
    }

    // MARK: Requests

    private func send(
        _ request: ProducerCore<Waiter>.Request, topicIDs: [TopicID], over connection: BrokerConnection?
    ) {
        guard let connection else {
            return complete(
                request, .failure(ClientError(.connectionClosed, "broker \(request.node) is not connected")))
        }
        do throws(ClientError) {
            // Version 13 names topics by their ids only.
            let newest: Int16 = topicIDs.contains(.zero) ? 12 : 13
            let oldest: Int16 = codec?.type == .zstd ? 7 : 3
            let version = try connection.versions.pick(ProduceRequest.self, within: oldest...newest)
            let message = try message(request, topicIDs: topicIDs)
            guard configuration.acknowledgements != .none else {
                try connection.sendWithoutAnswer(message, version: version)
                return complete(request, .success(nil))
            }
            connection.submit(message, version: version) { [self] result in
                complete(request, result.map { Answers($0, isByID: version >= 13, request, topicIDs: topicIDs) })
            }
        } catch {
            complete(request, .failure(error))
        }
    }

    private func message(
        _ request: ProducerCore<Waiter>.Request, topicIDs: [TopicID]
    ) throws(ClientError) -> ProduceRequest {
        var topics: [ProduceRequest.TopicProduceData] = []
        var places: [String: Int] = [:]
        for (batch, id) in zip(request.batches, topicIDs) {
            let data = ProduceRequest.PartitionProduceData(
                index: batch.partition.partition, records: .bytes(try encode(batch)))
            let name = batch.partition.topic
            if let place = places[name] {
                topics[place].partitionData.append(data)
            } else {
                places[name] = topics.count
                topics.append(.init(name: name, topicID: id, partitionData: [data]))
            }
        }
        return ProduceRequest(
            acks: configuration.acknowledgements.rawValue,
            timeoutMs: Int32(clamping: cluster.configuration.requestTimeoutMilliseconds), topicData: topics)
    }

    /// The batch's bytes; compressed unless that would make it larger.
    private func encode(_ batch: PendingBatch<Waiter>) throws(ClientError) -> ByteBuffer {
        guard let codec else { return batch.builder.build() }
        let payload = batch.builder.payload
        var compressed = ByteBufferAllocator().buffer(capacity: payload.readableBytes / 2)
        do throws(CodecError) {
            try codec.compress(payload, level: configuration.compressionLevel, into: &compressed)
        } catch {
            throw ClientError(.invalidArgument, "the batch cannot be compressed: \(error)", underlying: error)
        }
        guard compressed.readableBytes < payload.readableBytes else { return batch.builder.build() }
        return batch.builder.build(payload: compressed, compression: codec.type)
    }

    /// What a broker answered, by partition.
    struct Answers {
        private var partitions: [TopicPartition: ProduceResponse.PartitionProduceResponse] = [:]

        init(
            _ response: ProduceResponse, isByID: Bool, _ request: ProducerCore<Waiter>.Request, topicIDs: [TopicID]
        ) {
            var names: [TopicID: String] = [:]
            for (batch, id) in zip(request.batches, topicIDs) { names[id] = batch.partition.topic }
            for topic in response.responses {
                guard let name = isByID ? names[topic.topicID] : topic.name else { continue }
                for partition in topic.partitionResponses {
                    partitions[TopicPartition(topic: name, partition: partition.index)] = partition
                }
            }
        }

        subscript(partition: TopicPartition) -> BatchOutcome {
            guard let answer = partitions[partition] else {
                return .failed(ClientError(.malformedResponse, "the broker's answer leaves out \(partition)"))
            }
            guard answer.errorCode == .none else {
                let message = answer.errorMessage ?? answer.recordErrors.first?.batchIndexErrorMessage
                return .failed(.server(answer.errorCode, "\(partition)", message: message))
            }
            return .appended(baseOffset: answer.baseOffset, logAppendTime: answer.logAppendTimeMs)
        }
    }

    private func complete(_ request: ProducerCore<Waiter>.Request, _ result: Result<Answers?, ClientError>) {
        let now = now
        let random = cluster.configuration.world.random()
        let deliveries = state.withLock { state in
            if case .failure(let error) = result, error.code != .invalidArgument,
                state.connections[request.node]?.isOpen != true
            {
                state.connections[request.node] = nil
                state.core.setReady(request.node, false)
            }
            let answered = state.core.complete(request: request.id, now: now, random: random) { partition in
                switch result {
                case .failure(let error): .failed(error)
                case .success(nil): .appended(baseOffset: -1, logAppendTime: -1)
                case .success(let answers?): answers[partition]
                }
            }
            // Nobody would send it again any more.
            return state.isStopped ? answered + state.core.abandon(state.refusal ?? .closed) : answered
        }
        settle(deliveries)
        wake()
    }

    // MARK: What the core lacks

    /// Asks for a topic's leaders, once at a time.
    func refresh(_ topic: String) {
        guard state.withLock({ $0.refreshing.insert(topic).inserted && !$0.isStopped }) else { return }
        Task {
            var isKnown = false
            do throws(ClientError) {
                let found = try await cluster.refreshed(topic)
                learn(found)
                isKnown = found.partitions.allSatisfy { $0.leader != nil }
            } catch {}
            await refreshPartitioner(of: topic)
            await pause(cluster.configuration.retryBackoff, after: isKnown, \.topicFailures[topic])
            state.withLock { _ = $0.refreshing.remove(topic) }
            wake()
        }
    }

    /// Waits unless the last try brought what it was for: an election takes a moment, a broker's restart longer.
    private func pause(_ backoff: Backoff, after isSuccess: Bool, _ failures: WritableKeyPath<State, Int?>) async {
        let count = state.withLock { state in
            state[keyPath: failures] = isSuccess ? nil : (state[keyPath: failures] ?? 0) + 1
            return state[keyPath: failures]
        }
        guard let count else { return }
        let wait = backoff.wait(afterFailures: count, random: cluster.configuration.world.random())
        await cluster.configuration.timers.pause(milliseconds: wait)
    }

    /// Takes in a topic's leaders.
    func learn(_ topic: TopicMetadata) {
        let now = now
        state.withLock { state in
            state.topics[topic.name] = (topic, now)
            for partition in topic.partitions {
                state.core.setLeader(
                    partition.leader, of: TopicPartition(topic: topic.name, partition: partition.index))
            }
        }
    }

    private func connect(_ node: NodeID) {
        guard state.withLock({ $0.connecting.insert(node).inserted && !$0.isStopped }) else { return }
        Task {
            do throws(ClientError) {
                let connection = try await cluster.connection(to: node)
                state.withLock { state in
                    state.connections[node] = connection
                    state.core.setReady(node, true)
                    state.nodeFailures[node] = nil
                    state.connecting.remove(node)
                }
            } catch {
                // The broker may be gone for good, and its partitions with others by now.
                let topics = state.withLock { Array($0.topics.keys) }
                try? await cluster.refresh(topics)
                for topic in topics {
                    if let known = await cluster.cached(topic) { learn(known) }
                }
                await pause(cluster.configuration.reconnectBackoff, after: false, \.nodeFailures[node])
                state.withLock { _ = $0.connecting.remove(node) }
            }
            wake()
        }
    }

    private func askForIdentity() {
        guard
            state.withLock({ state in
                guard !state.isAskingForIdentity, !state.isStopped else { return false }
                state.isAskingForIdentity = true
                return true
            })
        else { return }
        Task {
            do throws(ClientError) {
                let identity = try await cluster.retrying(
                    timeoutMilliseconds: configuration.deliveryTimeoutMilliseconds
                ) { () async throws(ClientError) in
                    let response = try await cluster.anyConnection().send(
                        InitProducerIdRequest(
                            transactionalID: nil, transactionTimeoutMs: .max, producerID: -1, producerEpoch: -1))
                    guard response.errorCode == .none else { throw .server(response.errorCode, "producer id") }
                    return ProducerIdentity(id: response.producerID, epoch: response.producerEpoch)
                }
                state.withLock { state in
                    state.core.setIdentity(identity)
                    state.isAskingForIdentity = false
                }
            } catch {
                // Without an id nothing can be sent: what waits has failed, for this reason.
                let deliveries = state.withLock { state in
                    state.isAskingForIdentity = false
                    return state.core.abandon(error)
                }
                settle(deliveries)
            }
            wake()
        }
    }
}
