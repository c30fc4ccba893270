import BrokerModel
import BrokerPrimitives
import BrokerWire
import NIOCore
import Synchronization
import Testing

@testable import BrokerClient

/// A broker with one topic of two partitions, whose records are their offsets, three to a batch.
private final class LogBroker: Sendable {
    struct State {
        var address = BrokerAddress(host: "127.0.0.1", port: 1)
        var start: Offset = 0
        var end: Offset = 30
        var fetchCount = 0
    }

    let state = Mutex(State())
    /// What to answer instead to the fetch of that number, from 1.
    let fault: @Sendable (Int) -> ErrorCode?

    init(fault: @escaping @Sendable (Int) -> ErrorCode? = { _ in nil }) { self.fault = fault }

    func answer(_ request: ScriptedBroker.Request) -> ScriptedBroker.Reply {
        let (address, start, end) = state.withLock { ($0.address, $0.start, $0.end) }
        switch request.key {
        case .metadata:
            return .response(
                MetadataResponse(
                    brokers: [.init(nodeID: 1, host: address.host, port: Int32(address.port))], controllerID: 1,
                    topics: [
                        .init(
                            name: "t", topicID: .one,
                            partitions: (0..<2).map { .init(partitionIndex: $0, leaderID: 1, leaderEpoch: 0) })
                    ]), to: request)
        case .listOffsets:
            guard let asked = try? ListOffsetsRequest.decode(request.body, version: request.version) else {
                return .close
            }
            let answers = (asked.topics.first?.partitions ?? []).map { partition in
                ListOffsetsResponse.ListOffsetsPartitionResponse(
                    partitionIndex: partition.partitionIndex, timestamp: -1,
                    offset: partition.timestamp == -2 ? start : partition.timestamp == -1 ? end : -1)
            }
            return .response(ListOffsetsResponse(topics: [.init(name: "t", partitions: answers)]), to: request)
        case .fetch: return fetch(request, start: start, end: end)
        default: return .versions([.metadata: 4...13, .listOffsets: 1...11, .fetch: 4...17], to: request)
        }
    }

    private func fetch(_ request: ScriptedBroker.Request, start: Offset, end: Offset) -> ScriptedBroker.Reply {
        guard let asked = try? FetchRequest.decode(request.body, version: request.version),
            asked.topics.first?.topicID == .one
        else { return .close }
        let count = state.withLock { state in
            state.fetchCount += 1
            return state.fetchCount
        }
        let fault = fault(count)
        if fault == .networkException { return .close }
        let answers = (asked.topics.first?.partitions ?? []).map { partition in
            var answer = FetchResponse.PartitionData(partitionIndex: partition.partition, highWatermark: end)
            if let fault {
                answer.errorCode = fault
            } else if !(start...end).contains(partition.fetchOffset) {
                answer.errorCode = .offsetOutOfRange
            } else {
                answer.records = .bytes(records(from: partition.fetchOffset, end: end))
            }
            return answer
        }
        return .response(FetchResponse(responses: [.init(topicID: .one, partitions: answers)]), to: request)
    }

    /// Two whole batches, the first of which holds `offset`.
    private func records(from offset: Offset, end: Offset) -> ByteBuffer {
        var bytes = ByteBuffer()
        for base in [offset / 3 * 3, offset / 3 * 3 + 3] where base < end {
            var builder = RecordBatchBuilder(baseOffset: base)
            for value in base..<min(base + 3, end) {
                builder.append(timestamp: 0, key: nil, value: ByteBuffer(string: "\(value)"))
            }
            bytes.writeImmutableBuffer(builder.build())
        }
        return bytes
    }
}

@Suite struct ConsumerTests {
    private func with(
        _ model: LogBroker, reset: ConsumerConfiguration.OffsetReset = .earliest,
        _ work: (Consumer, ScriptedBroker) async throws -> Void
    ) async throws {
        let broker = try await ScriptedBroker.start { model.answer($0) }
        model.state.withLock { $0.address = broker.address }
        let cluster = Cluster(broker.configuration)
        var configuration = ConsumerConfiguration()
        configuration.offsetReset = reset
        configuration.maximumPollRecordCount = 4
        let consumer = Consumer(cluster: cluster, configuration: configuration)
        try await work(consumer, broker)
        await consumer.close()
        await cluster.close()
        await broker.stop()
    }

    /// Polls until so many records have come, and answers the offsets of each partition.
    private func take(_ count: Int, from consumer: Consumer) async throws -> [[Offset]] {
        var found: [[Offset]] = [[], []]
        while found[0].count + found[1].count < count {
            for record in try await consumer.poll(timeoutMilliseconds: 5_000) {
                #expect(record.value == ByteBuffer(string: "\(record.offset)"))
                found[Int(record.partition)].append(record.offset)
            }
        }
        return found
    }

    private func expect(_ consumer: Consumer, gives expected: [[Offset]]) async throws {
        let found = try await take(expected[0].count + expected[1].count, from: consumer)
        #expect(found == expected)
    }

    @Test func `everything is read once and in order`() async throws {
        try await with(LogBroker()) { consumer, _ in
            await consumer.assign([partition(0), partition(1)])
            try await expect(consumer, gives: [Array(0..<30), Array(0..<30)])
            #expect(await consumer.position(partition(1)) == 30)
        }
    }

    @Test func `errors that pass and connections that break are gone through`() async throws {
        let model = LogBroker { number in
            switch number % 5 {
            case 1: .notLeaderOrFollower
            case 3: .networkException
            default: nil
            }
        }
        try await with(model) { consumer, _ in
            await consumer.assign([partition(0)])
            try await expect(consumer, gives: [Array(0..<30), []])
        }
    }

    @Test func `a seek in the middle of reading is exact`() async throws {
        try await with(LogBroker()) { consumer, _ in
            await consumer.assign([partition(0)])
            _ = try await take(4, from: consumer)
            try await consumer.seek(partition(0), to: .offset(20))
            try await expect(consumer, gives: [Array(20..<30), []])
            try await consumer.seek(partition(0), to: .beginning)
            try await expect(consumer, gives: [[0, 1, 2, 3], []])
        }
    }

    @Test func `a time after the last record means the end`() async throws {
        try await with(LogBroker()) { consumer, _ in
            await consumer.assign([partition(0)])
            try await consumer.seek(partition(0), to: .timestamp(5))
            while await consumer.position(partition(0)) == nil {
                _ = try await consumer.poll(timeoutMilliseconds: 10)
            }
            #expect(await consumer.position(partition(0)) == 30)
        }
    }

    @Test func `a position outside of the log goes where the policy says`() async throws {
        let model = LogBroker()
        model.state.withLock { $0.start = 12 }
        try await with(model) { consumer, _ in
            await consumer.assign([partition(0)])
            try await consumer.seek(partition(0), to: .offset(3))
            try await expect(consumer, gives: [Array(12..<30), []])
        }
        try await with(model, reset: .none) { consumer, _ in
            await consumer.assign([partition(0)])
            try await consumer.seek(partition(0), to: .offset(3))
            let error = await #expect(throws: ClientError.self) {
                for _ in 0..<20 { _ = try await consumer.poll(timeoutMilliseconds: 5_000) }
            }
            #expect(error?.code == .offsetOutOfRange)
        }
    }

    @Test func `a partition without a position and without a policy is an error`() async throws {
        try await with(LogBroker(), reset: .none) { consumer, _ in
            await consumer.assign([partition(0)])
            await #expect(throws: ClientError.self) { try await consumer.poll(timeoutMilliseconds: 5_000) }
        }
    }

    @Test func `a poll may wait for ever`() async throws {
        try await with(LogBroker()) { consumer, _ in
            await consumer.assign([partition(0)])
            let records = try await consumer.poll(timeoutMilliseconds: .max)
            #expect(!records.isEmpty)
        }
    }

    @Test func `a consumer tells that it is in trouble, and that it is over`() async throws {
        let isDown = Atomic(true)
        let model = LogBroker { _ in isDown.load(ordering: .relaxed) ? .leaderNotAvailable : nil }
        try await with(model) { consumer, _ in
            #expect(await consumer.trouble == nil)
            await consumer.assign([partition(0)])
            try await consumer.seek(partition(0), to: .offset(3))
            while await consumer.trouble?.durationMilliseconds ?? 0 < 30 {
                let records = try await consumer.poll(timeoutMilliseconds: 10)
                #expect(records.isEmpty)
            }
            #expect(await consumer.trouble?.error.server == .leaderNotAvailable)
            isDown.store(false, ordering: .relaxed)
            try await expect(consumer, gives: [Array(3..<30), []])
            #expect(await consumer.trouble == nil)
        }
    }

    @Test func `a paused partition gives nothing, and goes on where it stopped`() async throws {
        try await with(LogBroker()) { consumer, _ in
            await consumer.assign([partition(0), partition(1)])
            await consumer.pause([partition(1)])
            try await expect(consumer, gives: [Array(0..<30), []])
            await consumer.resume([partition(1)])
            try await expect(consumer, gives: [[], Array(0..<30)])
        }
    }

    @Test func `the sequence goes over all records, and ends with its task`() async throws {
        try await with(LogBroker()) { consumer, _ in
            await consumer.assign([partition(0)])
            let task = Task {
                var count = 0
                for try await record in consumer.records {
                    count += 1
                    if record.offset == 29 { withUnsafeCurrentTask { $0?.cancel() } }
                }
                return count
            }
            let count = try await task.value
            #expect(count == 30)
        }
    }
}
