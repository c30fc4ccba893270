import BrokerTesting
import Testing

/// The samples of the README.
struct SampleTests {
    @Test func `orders arrive`() async throws {
        try await withTestBroker(topics: ["orders"]) { broker in
            let producer = try broker.producer()
            _ = try await producer.send(ProducerRecord(topic: "orders", key: "alice", value: "two pizzas"))

            let stored = try broker.records(in: "orders")
            #expect(stored.map(\.text) == ["two pizzas"])
        }
    }
}
