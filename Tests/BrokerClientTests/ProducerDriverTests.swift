import BrokerModel
import BrokerPrimitives
import BrokerWire
import Codecs
import Partitioners
import Synchronization
import Testing

@testable import BrokerClient

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

    @Test func `a cancelled task still learns what became of what it handed in`() async throws {
        let state = try await run(breaks: { _ in false }) { producer in
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return await producer.send(contentsOf: (0..<50).map { ProducerRecord(topic: "t", value: "\($0)") })
            }
            let places = try await task.value.map { try $0.get().offset }
            #expect(places == (0..<50).map { Offset($0) })
        }
        #expect(state.log.count == 50)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a record that fills more than half of the memory waits for it without turning in circles`() async throws {
        let state = try await run(breaks: { _ in false }) { producer in
            for size in [2_500, 3_000, 3_900, 5_000] {
                try await producer.enqueue(ProducerRecord(topic: "t", value: String(repeating: "x", count: size)))
            }
        }
        #expect(state.log.map(\.count) == [2_500, 3_000, 3_900, 5_000])
    }

    @Test(.timeLimit(.minutes(1)))
    func `a producer that is dropped while a request fails tells what became of its records`() async throws {
        let (produces, produced) = AsyncStream<Void>.makeStream()
        let (ends, ended) = AsyncStream<ClientError?>.makeStream()
        let model = OnePartitionBroker { _ in false }
        let broker = try await ScriptedBroker.start { request in
            guard request.key == .produce else { return model.answer(request) }
            produced.yield()
            return .hold
        }
        model.state.withLock { $0.address = broker.address }
        var shared = broker.configuration
        shared.requestTimeoutMilliseconds = 300
        let cluster = Cluster(shared)
        func sendAndForget() async throws {
            let producer = try Producer(cluster: cluster, partitioner: KeyHashPartitioner())
            try await producer.enqueue(ProducerRecord(topic: "t", value: "x")) { result in
                if case .failure(let error) = result { ended.yield(error) } else { ended.yield(nil) }
            }
            for await _ in produces { break }
        }
        try await sendAndForget()
        var iterator = ends.makeAsyncIterator()
        let outcome = await iterator.next()
        #expect(outcome??.code == .closed)
        await cluster.close()
        await broker.stop()
    }

    @Test func `limits without an end are taken as such`() async throws {
        let model = OnePartitionBroker { $0 % 2 == 0 }
        let broker = try await ScriptedBroker.start { model.answer($0) }
        model.state.withLock { $0.address = broker.address }
        var shared = broker.configuration
        shared.requestTimeoutMilliseconds = .max
        shared.connectTimeoutMilliseconds = .max
        shared.operationTimeoutMilliseconds = .max
        shared.metadataMaximumAgeMilliseconds = .max
        let cluster = Cluster(shared)
        var configuration = ProducerConfiguration()
        configuration.deliveryTimeoutMilliseconds = .max
        configuration.maximumBlockMilliseconds = .max
        configuration.lingerMilliseconds = .max
        configuration.batchByteCount = 200
        configuration.bufferByteCount = 1_000
        let producer = try Producer(
            cluster: cluster, configuration: configuration, partitioner: KeyHashPartitioner())
        for number in 0..<100 { try await producer.enqueue(ProducerRecord(topic: "t", value: "\(number)")) }
        await producer.close()
        #expect(model.state.withLock { $0.log } == (0..<100).map(String.init))
        await cluster.close()
        await broker.stop()
    }
}
