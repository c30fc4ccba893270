import BrokerMetadata
import BrokerModel
import BrokerPluginAPI
import BrokerPrimitives
import BrokerReplication
import BrokerWire
import BrokerWorld
import NIOCore
import Synchronization

/// One fetch from its arrival to its answer: reads what there is, and if that is too little, waits once more and again
/// until there is enough or the time is up.
final class FetchOperation: Sendable {
    private let handler: FetchHandler
    private let request: FetchRequest
    private let call: Call<FetchRequest>
    private let plan: FetchSessions.Plan
    private let maxBytes: Int
    private let deadline: Int64
    private let waiting = Mutex<Waiting?>(nil)

    /// What must be undone when the wait is over.
    private struct Waiting {
        var waiter: FetchWaiter
        var partitions: [Partition]
        var timer: Timers.Timer
    }

    /// - Parameter byteLimit: the most bytes of records the client may get; nil for any number.
    init(
        handler: FetchHandler, request: FetchRequest, call: Call<FetchRequest>, plan: FetchSessions.Plan,
        byteLimit: Int?
    ) {
        maxBytes = min(max(0, Int(request.maxBytes)), handler.maxResponseByteCount, byteLimit ?? .max)
        self.handler = handler
        self.request = request
        self.call = call
        self.plan = plan
        deadline = call.receivedAt + Int64(max(0, request.maxWaitMs)) * 1_000_000
    }

    func start() { attempt() }

    private var requests: [FetchSession.Request] {
        switch plan {
        case .full(_, _, let requests), .incremental(_, _, let requests): requests
        }
    }

    private var minBytes: Int { min(Int(request.minBytes), maxBytes) }

    /// On the event loop, but for the reading of partitions whose storage may be waited for.
    private func attempt() {
        guard let threads = handler.partitions.threads(for: requests.lazy.map(\.key)) else { return judge(read()) }
        threads.run { [self] in
            let results = read()
            call.eventLoop.execute { self.judge(results) }
        }
    }

    private func judge(_ results: Results) {
        let isDue = results.byteCount >= minBytes || results.mustAnswer || deadline <= handler.timers.now()
        if isDue || results.readable.isEmpty || handler.parked.isStopping {
            respond(results)
        } else {
            wait(missing: minBytes - results.byteCount, on: results.readable)
        }
    }

    // MARK: Reading

    fileprivate struct Answer: Sendable {
        var key: FetchSession.Key
        var source: Partition?
        var partition: FetchedPartition?
        var error: PartitionError?
    }

    private struct Results: Sendable {
        var answers: [Answer] = []
        var byteCount = 0
        /// Whether there is something that must not wait: an error or a diverging log.
        var mustAnswer = false
        /// The partitions that could be read, and how far their readers could see.
        var readable: [(partition: Partition, highWatermark: Offset)] = []
    }

    private func read() -> Results {
        var results = Results()
        let requests = requests
        results.answers.reserveCapacity(requests.count)
        let isolation = Isolation(rawValue: request.isolationLevel) ?? .readUncommitted
        for wanted in requests {
            var answer = Answer(key: wanted.key)
            do throws(PartitionError) {
                let partition = try partition(of: wanted.key)
                let fetched = try partition.read(
                    FetchRead(
                        offset: wanted.fetchOffset, currentLeaderEpoch: wanted.currentLeaderEpoch,
                        lastFetchedEpoch: wanted.lastFetchedEpoch,
                        maxBytes: min(max(0, Int(wanted.maxBytes)), maxBytes - min(maxBytes, results.byteCount)),
                        minOneBatch: results.byteCount == 0, isolation: isolation))
                results.byteCount += fetched.records.byteCount
                if fetched.diverging != nil { results.mustAnswer = true }
                results.readable.append((partition, fetched.highWatermark))
                answer.source = partition
                answer.partition = fetched
            } catch {
                results.mustAnswer = true
                answer.error = error
            }
            results.answers.append(answer)
        }
        return results
    }

    private func partition(of key: FetchSession.Key) throws(PartitionError) -> Partition {
        let partition: Partition
        if call.version >= 13 {
            partition = try handler.partitions.leading(key.topicID, key.partition)
        } else {
            partition = try handler.partitions.leading(key.topic, key.partition)
        }
        guard call.rights.allows(.topic(.read, partition.topic.topic)) else {
            throw PartitionError(.topicAuthorizationFailed)
        }
        if request.follower >= 0 {
            throw PartitionError(
                .notLeaderOrFollower,
                "Replica \(request.follower) is not recognized to be one of the assigned replicas of this partition.")
        }
        return partition
    }

    // MARK: Waiting

    private func wait(missing: Int, on partitions: [(partition: Partition, highWatermark: Offset)]) {
        let waiter = FetchWaiter(missing: missing, eventLoop: call.eventLoop) { self.woken() }
        let timer = handler.timers.schedule(at: deadline) { waiter.expired() }
        waiting.withLock {
            $0 = Waiting(waiter: waiter, partitions: partitions.map(\.partition), timer: timer)
        }
        handler.parked.add(waiter, of: call.peer)
        for (partition, highWatermark) in partitions { partition.add(waiter, thatSaw: highWatermark) }
    }

    private func woken() {
        let waiting = waiting.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        guard let waiting else { return }
        waiting.timer.cancel()
        for partition in waiting.partitions { partition.remove(waiting.waiter) }
        handler.parked.remove(waiting.waiter, of: call.peer)
        if !waiting.waiter.isAbandoned { attempt() }
    }

    // MARK: Answering

    private func respond(_ results: Results) {
        var response = FetchResponse()
        var regions: [StorageRegion] = []
        switch plan {
        case .full(let sessionID, let session, _):
            response.sessionID = sessionID
            for answer in results.answers {
                append(answer, to: &response, regions: &regions)
                session?.withSession { $0.told(answer.summary, of: answer.key) }
            }
        case .incremental(let sessionID, let session, _):
            response.sessionID = sessionID
            let told = session.withSession { session in
                results.answers.filter { answer in
                    guard session.mustTell(answer.summary, of: answer.key) else { return false }
                    session.told(answer.summary, of: answer.key)
                    return true
                }
            }
            for answer in told { append(answer, to: &response, regions: &regions) }
        }
        call.respond(response, regions: regions)
    }

    private func append(_ answer: Answer, to response: inout FetchResponse, regions: inout [StorageRegion]) {
        let (topicID, topic) = (answer.key.topicID, answer.key.topic)
        if response.responses.last.map({ $0.topicID != topicID || $0.topic != topic }) ?? true {
            response.responses.append(.init(topic: topic, topicID: topicID))
        }
        let data = answer.data(version: call.version, regions: &regions)
        if let byteCount = answer.partition?.records.byteCount, byteCount > 0 { answer.source?.sent(byteCount) }
        response.responses[response.responses.count - 1].partitions.append(data)
        if call.version >= 16, let leader = answer.error?.leader,
            !response.nodeEndpoints.contains(where: { $0.nodeID == leader.id }),
            let broker = handler.metadata.image.brokers[leader.id],
            let address = handler.endpoints.address(of: broker, for: call.peer)
        {
            response.nodeEndpoints.append(
                .init(nodeID: leader.id, host: address.host, port: address.port, rack: broker.rack))
        }
    }
}

extension FetchOperation.Answer {
    /// What decides whether an incremental answer mentions the partition.
    fileprivate var summary: FetchSession.Answer {
        FetchSession.Answer(
            hasRecords: (partition?.records.byteCount ?? 0) > 0, highWatermark: partition?.highWatermark ?? -1,
            logStartOffset: partition?.logStartOffset ?? -1, mustTell: error != nil || partition?.diverging != nil)
    }

    fileprivate func data(version: Int16, regions: inout [StorageRegion]) -> FetchResponse.PartitionData {
        var data = FetchResponse.PartitionData(partitionIndex: key.partition)
        data.records = .bytes(ByteBuffer())
        guard let partition else {
            data.errorCode = error?.code ?? .unknownServerError
            data.highWatermark = -1
            if data.errorCode != .unknownTopicOrPartition, data.errorCode != .unknownTopicId {
                data.abortedTransactions = nil
            }
            if version >= 16, let leader = error?.leader {
                data.currentLeader = .init(leaderID: leader.id, leaderEpoch: leader.epoch)
            }
            return data
        }
        data.highWatermark = partition.highWatermark
        data.lastStableOffset = partition.lastStableOffset
        data.logStartOffset = partition.logStartOffset
        if let diverging = partition.diverging {
            data.divergingEpoch = .init(epoch: diverging.epoch, endOffset: diverging.endOffset)
        }
        data.abortedTransactions = partition.aborted?.map {
            .init(producerID: $0.producerID, firstOffset: $0.firstOffset)
        }
        switch partition.records {
        case .bytes(let bytes): data.records = .bytes(bytes)
        case .region(let region):
            data.records = .deferred(byteCount: region.count)
            regions.append(region)
        }
        return data
    }
}
