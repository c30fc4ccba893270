import BrokerModel
import BrokerPrimitives
import BrokerRuntime
import BrokerWire
import NIOCore
import Testing

struct OperationsTests {
    /// The value of one sample of `/metrics`.
    private func value(_ sample: String, of broker: Broker) async throws -> Double? {
        let line = try await get("/metrics", of: broker).split(separator: "\n").first { $0.hasPrefix(sample + " ") }
        return line.flatMap { Double($0.dropFirst(sample.count + 1)) }
    }

    private let traffic = "kafka_server_brokertopicmetrics_"

    @Test func `what is produced and fetched is counted, by topic and in all`() async throws {
        let broker = try await TestBroker().start(["http.listener": "127.0.0.1:0"])
        let client = try await TestClient(broker)
        try await client.create("a")
        try await client.create("b")
        let batch = producerBatch(3).build()
        for topic in ["a", "a", "b"] { #expect(try await client.produce(batch, to: topic).errorCode == .none) }
        #expect(try await client.fetch("a", offset: 0).values.count == 6)
        #expect(try await value("\(traffic)messagesin_total{topic=\"a\"}", of: broker) == 6)
        #expect(try await value("\(traffic)messagesin_total", of: broker) == 9)
        let size = Double(batch.readableBytes)
        #expect(try await value("\(traffic)bytesin_total{topic=\"b\"}", of: broker) == size)
        #expect(try await value("\(traffic)bytesin_total", of: broker) == 3 * size)
        #expect(try await value("\(traffic)bytesout_total", of: broker) == 2 * size)
        #expect(try await value("\(traffic)totalproducerequests_total", of: broker) == 3)
        #expect(try await value("\(traffic)totalfetchrequests_total{topic=\"a\"}", of: broker) == 1)
        #expect(try await value("kafka_log_log_logendoffset{topic=\"a\",partition=\"0\"}", of: broker) == 6)
        #expect(try await value("kafka_server_replicamanager_leadercount", of: broker) == 2)
        #expect(
            try await value(
                "kafka_network_requestmetrics_requests_total{request=\"Produce\",version=\"12\"}", of: broker) == 3)
        #expect(
            try await value("kafka_network_requestmetrics_totaltimems_count{request=\"Produce\"}", of: broker) == 3)
        await broker.stop()
    }

    @Test func `a deleted topic has no samples any more, and the sums keep what it had`() async throws {
        let broker = try await TestBroker().start(["http.listener": "127.0.0.1:0"])
        let client = try await TestClient(broker)
        try await client.create("a")
        #expect(try await client.produce(producerBatch(3).build(), to: "a").errorCode == .none)
        var request = DeleteTopicsRequest()
        request.topics = [.init(name: "a")]
        #expect(try await client.call(request, version: 6).responses.map(\.errorCode) == [.none])
        let page = try await get("/metrics", of: broker)
        #expect(!page.contains("topic=\"a\""))
        #expect(try await value("\(traffic)messagesin_total", of: broker) == 3)
        await broker.stop()
    }

    @Test func `errors are counted by the API that answered them`() async throws {
        let broker = try await TestBroker().start(["http.listener": "127.0.0.1:0"])
        let client = try await TestClient(broker)
        for _ in 0..<2 {
            let answer = try await client.produce(producerBatch(1).build(), to: "absent")
            #expect(answer.errorCode == .unknownTopicOrPartition)
        }
        let errors = "kafka_network_requestmetrics_errors_total"
        #expect(
            try await value("\(errors){request=\"Produce\",error=\"UNKNOWN_TOPIC_OR_PARTITION\"}", of: broker) == 2)
        #expect(try await value("\(traffic)failedproducerequests_total", of: broker) == 0)
        await broker.stop()
    }

    @Test func `topics and partitions beyond the limit are summed, not told`() async throws {
        let broker = try await TestBroker().start([
            "http.listener": "127.0.0.1:0", "metrics.max.topics": "1", "metrics.max.partitions": "0",
        ])
        let client = try await TestClient(broker)
        for topic in ["a", "b"] {
            try await client.create(topic)
            #expect(try await client.produce(producerBatch(1).build(), to: topic).errorCode == .none)
        }
        let page = try await get("/metrics", of: broker)
        #expect(page.contains("topic=\"a\"") && !page.contains("topic=\"b\"") && !page.contains("kafka_log_log_size"))
        #expect(page.contains("\nbroker_metrics_omitted{of=\"topics\"} 1\n"))
        #expect(page.contains("\nbroker_metrics_omitted{of=\"partitions\"} 2\n"))
        #expect(page.contains("\n\(traffic)messagesin_total 2\n"))
        await broker.stop()
    }

    @Test func `a broker that serves is alive, ready and started`() async throws {
        let broker = try await TestBroker().start(["http.listener": "127.0.0.1:0"])
        for path in ["/livez", "/readyz", "/startupz"] {
            #expect(try await get(path, of: broker).hasPrefix("HTTP/1.1 200 "))
        }
        #expect(try await get("/livez?verbose", of: broker).contains("controller thread"))
        #expect(try await get("/readyz?verbose", of: broker).contains("groups"))
        #expect(try await get("/nothing", of: broker).hasPrefix("HTTP/1.1 404 "))
        await broker.stop()
    }

    @Test func `a port that somebody else has is an error only if it was set`() async throws {
        let first = try await TestBroker().start(["http.listener": "127.0.0.1:0"])
        let port = try #require(first.httpListener).port
        let error = await #expect(throws: BrokerStartError.self) {
            _ = try await TestBroker().start(["http.listener": "127.0.0.1:\(port)"])
        }
        #expect(error?.description.contains("http.listener") == true)
        await first.stop()
        let none = try await TestBroker().start(["http.listener": "off"])
        #expect(none.httpListener == nil)
        await none.stop()
    }
}
