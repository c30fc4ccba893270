import BrokerModel
import BrokerPrimitives
import BrokerWire
import Codecs
import NIOCore
import Partitioners
import Synchronization
import Testing

@testable import BrokerClient

/// One broker with one topic of one partition, that keeps what it is sent and fails now and then.
private final class OnePartitionBroker: Sendable {
    struct State {
        var log: [String] = []
        var nextSequence: Int32 = 0
        var produceCount = 0
        var address = BrokerAddress(host: "127.0.0.1", port: 1)
        var compressions: Set<UInt8> = []
    }

    let state = Mutex(State())
    /// Whether the produce request of that number, from 1, ends its connection before or after the append.
    let breaks: @Sendable (Int) -> Bool

    init(breaks: @escaping @Sendable (Int) -> Bool) { self.breaks = breaks }

    func answer(_ request: ScriptedBroker.Request) -> ScriptedBroker.Reply {
        switch request.key {
        case .metadata:
            let address = state.withLock { $0.address }
            return .response(
                MetadataResponse(
                    brokers: [.init(nodeID: 1, host: address.host, port: Int32(address.port))], controllerID: 1,
                    topics: [
                        .init(
                            name: "t", topicID: .one,
                            partitions: [.init(partitionIndex: 0, leaderID: 1, leaderEpoch: 0)])
                    ]), to: request)
        case .initProducerID:
            return .response(InitProducerIdResponse(producerID: 5, producerEpoch: 0), to: request)
        case .produce: return produce(request)
        default:
            return .versions(
                [.metadata: 4...13, .initProducerID: 0...5, .produce: 3...13, .apiVersions: 0...4], to: request)
        }
    }

    private func produce(_ request: ScriptedBroker.Request) -> ScriptedBroker.Reply {
        guard let message = try? ProduceRequest.decode(request.body, version: request.version),
            let topic = message.topicData.first, let data = topic.partitionData.first,
            let bytes = data.records?.buffer, let batch = try? RecordBatch(bytes), topic.topicID == .one
        else { return .close }
        return state.withLock { state in
            state.produceCount += 1
            let isBroken = breaks(state.produceCount)
            // Every second break comes before the append.
            if isBroken, state.produceCount % 2 == 0 { return .close }
            var answer = ProduceResponse.PartitionProduceResponse(index: 0)
            let header = batch.header
            if header.baseSequence == state.nextSequence {
                answer.baseOffset = Int64(state.log.count)
                state.log += values(batch)
                state.compressions.insert(header.attributes.compression?.rawValue ?? 9)
                state.nextSequence += header.recordCount
            } else if header.lastSequence < state.nextSequence {
                answer.errorCode = .duplicateSequenceNumber
            } else {
                answer.errorCode = .outOfOrderSequenceNumber
            }
            if isBroken { return .close }
            return .response(
                ProduceResponse(responses: [.init(topicID: .one, partitionResponses: [answer])]), to: request)
        }
    }

    private func values(_ batch: RecordBatch) -> [String] {
        var payload = batch.payload
        if batch.header.attributes.compression == .zstd {
            var output = ByteBuffer()
            try? ZstdCodec().decompress(payload, limit: 1 << 24, into: &output)
            payload = output
        }
        var records = batch.records(from: payload)
        return ((try? records.collect()) ?? []).map { $0.value.map { String(buffer: $0) } ?? "null" }
    }
}

@Suite struct ProducerDriverTests {
    private func run(
        breaks: @escaping @Sendable (Int) -> Bool, codec: ZstdCodec? = nil,
        _ work: (Producer) async throws -> Void
    ) async throws -> OnePartitionBroker.State {
        let model = OnePartitionBroker(breaks: breaks)
        let broker = try await ScriptedBroker.start { model.answer($0) }
        model.state.withLock { $0.address = broker.address }
        let cluster = Cluster(broker.configuration)
        var configuration = ProducerConfiguration()
        configuration.lingerMilliseconds = 0
        configuration.batchByteCount = 400
        configuration.bufferByteCount = 4_000
        let producer = try Producer(
            cluster: cluster, configuration: configuration, partitioner: KeyHashPartitioner(), codec: codec)
        try await work(producer)
        await producer.close()
        await cluster.close()
        await broker.stop()
        return model.state.withLock { $0 }
    }

    @Test func `records arrive once and in order though connections break`() async throws {
        let state = try await run(breaks: { $0 % 7 == 0 }) { producer in
            for number in 0..<2_000 { try await producer.enqueue(ProducerRecord(topic: "t", value: "\(number)")) }
        }
        #expect(state.log == (0..<2_000).map(String.init))
        #expect(state.produceCount > 20)
    }

    @Test func `a send answers with the record's offset`() async throws {
        let state = try await run(breaks: { _ in false }) { producer in
            for number in 0..<3 {
                let place = try await producer.send(ProducerRecord(topic: "t", key: "k", value: "\(number)"))
                #expect(place.offset == Offset(number))
                #expect(place.partition == 0)
            }
            let all = await producer.send(contentsOf: (3..<10).map { ProducerRecord(topic: "t", value: "\($0)") })
            #expect(try all.map { try $0.get().offset } == (3..<10).map { Offset($0) })
        }
        #expect(state.log == (0..<10).map(String.init))
    }

    @Test func `batches are compressed, unless that makes them larger`() async throws {
        let state = try await run(breaks: { _ in false }, codec: ZstdCodec()) { producer in
            _ = try await producer.send(ProducerRecord(topic: "t", value: String(repeating: "a", count: 300)))
            _ = try await producer.send(ProducerRecord(topic: "t", value: "b"))
        }
        #expect(state.log.count == 2)
        #expect(state.compressions == [0, 4])
    }

    @Test func `what cannot be sent is refused at once`() async throws {
        _ = try await run(breaks: { _ in false }) { producer in
            let large = ProducerRecord(topic: "t", value: String(repeating: "x", count: 2_000_000))
            await #expect(throws: ClientError.self) { try await producer.send(large) }
            var elsewhere = ProducerRecord(topic: "t", value: "x")
            elsewhere.partition = 9
            await #expect(throws: ClientError.self) { try await producer.send(elsewhere) }
            await producer.close()
            await #expect(throws: ClientError.self) { try await producer.send(ProducerRecord(topic: "t", value: "x")) }
        }
    }
}
