import BrokerWire
import NIOCore
import Partitioners
import Synchronization
import Testing

@testable import BrokerClient

@Suite struct OutageTests {
    @Test func `a broker that went away is not overrun while the producer waits for it`() async throws {
        let isDown = Atomic(false)
        let connectionCount = Atomic(0)
        let model = OnePartitionBroker { _ in false }
        let broker = try await ScriptedBroker.start {
            connectionCount.add(1, ordering: .relaxed)
        } _: { request in
            isDown.load(ordering: .relaxed) ? .close : model.answer(request)
        }
        model.state.withLock { $0.address = broker.address }
        var shared = broker.configuration
        shared.retryBackoffMilliseconds = 20
        shared.retryBackoffMaximumMilliseconds = 100
        shared.reconnectBackoffMilliseconds = 20
        shared.reconnectBackoffMaximumMilliseconds = 100
        let cluster = Cluster(shared)
        var configuration = ProducerConfiguration()
        configuration.lingerMilliseconds = 0
        configuration.deliveryTimeoutMilliseconds = 4_000
        let producer = try Producer(
            cluster: cluster, configuration: configuration, partitioner: KeyHashPartitioner())
        _ = try await producer.send(ProducerRecord(topic: "t", value: "before"))
        isDown.store(true, ordering: .relaxed)
        let before = connectionCount.load(ordering: .relaxed)
        await #expect(throws: ClientError.self) {
            try await producer.send(ProducerRecord(topic: "t", value: "during"))
        }
        // Two ways to the broker, by its address and as one to bootstrap from, every 100 ms each.
        #expect(connectionCount.load(ordering: .relaxed) - before < 200)
        await producer.close()
        await cluster.close()
        await broker.stop()
    }

    @Test func `a fetch that waits for records holds up nothing else on the cluster`() async throws {
        let (fetches, fetched) = AsyncStream<Void>.makeStream()
        let model = OnePartitionBroker { _ in false }
        let broker = try await ScriptedBroker.start { request in
            switch request.key {
            case .fetch:
                fetched.yield()
                return .hold
            case .apiVersions:
                return .versions(
                    [.metadata: 4...13, .initProducerID: 0...5, .produce: 3...13, .fetch: 4...17, .apiVersions: 0...4],
                    to: request)
            default: return model.answer(request)
            }
        }
        model.state.withLock { $0.address = broker.address }
        var shared = broker.configuration
        shared.requestTimeoutMilliseconds = 5_000
        let cluster = Cluster(shared)
        var reading = ConsumerConfiguration()
        reading.maximumFetchWaitMilliseconds = 5_000
        let consumer = Consumer(cluster: cluster, configuration: reading)
        await consumer.assign([partition()])
        try await consumer.seek(partition(), to: .offset(0))
        let polling = Task { try await consumer.poll(timeoutMilliseconds: 60_000) }
        for await _ in fetches { break }
        var configuration = ProducerConfiguration()
        configuration.lingerMilliseconds = 0
        configuration.deliveryTimeoutMilliseconds = 2_000
        let producer = try Producer(
            cluster: cluster, configuration: configuration, partitioner: KeyHashPartitioner())
        let place = try await producer.send(ProducerRecord(topic: "t", value: "x"))
        #expect(place.offset == 0)
        await producer.close()
        await consumer.close()
        _ = try? await polling.value
        await cluster.close()
        await broker.stop()
    }
}
