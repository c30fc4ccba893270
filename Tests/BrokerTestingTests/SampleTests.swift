import BrokerTesting
import Foundation
import Testing

/// The samples of the README, word for word.
@Suite(.timeLimit(.minutes(2)))
struct SampleTests {
    @Test func `orders arrive`() async throws {
        try await withTestBroker(topics: ["orders"]) { broker in
            // Your code, or any Kafka client, connects to broker.bootstrapServers.
            let producer = try broker.producer()
            _ = try await producer.send(ProducerRecord(topic: "orders", key: "alice", value: "two pizzas"))

            let stored = try broker.records(in: "orders")
            #expect(stored.map(\.text) == ["two pizzas"])
        }
    }

    @Test func `a leader that moves loses nothing`() async throws {
        try await withTestBroker(topics: ["orders"]) { broker in
            broker.faults.fail(.produce, with: .notLeaderOrFollower, topic: "orders", times: 3)
            broker.faults.dropConnection(on: .produce, .afterHandling, times: 1)
            let producer = try broker.producer()
            _ = try await producer.send(ProducerRecord(topic: "orders", value: "once"))

            #expect(try broker.records(in: "orders").count == 1)
            #expect(broker.requests.count(of: .produce) == 5)
        }
    }

    @Test func `old orders are forgotten`() async throws {
        let topic = TestTopic("orders", configs: ["retention.ms": "3600000"])
        try await withTestBroker(topics: [topic], clock: .virtual) { broker in
            try broker.produce("yesterday's", to: "orders")
            await broker.clock.advance(by: .seconds(2 * 3600))
            #expect(try broker.records(in: "orders").isEmpty)
        }
    }

    @Test func `the README shows these tests`() throws {
        let here = URL(filePath: #filePath)
        let readme = here.deletingLastPathComponent().appending(path: "../../README.md").standardized
        func lines(_ url: URL) throws -> [String] {
            try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map {
                $0.trimmingCharacters(in: .whitespaces)
            }
        }
        let tested = try lines(here)
        let section = try lines(readme).drop { $0 != "## Testing your own code" }.dropFirst().prefix {
            !$0.hasPrefix("## ")
        }
        var isSwift = false
        var samples: [[String]] = []
        for line in section {
            if line == "```swift" {
                isSwift = true
                samples.append([])
            } else if line == "```" {
                isSwift = false
            } else if isSwift, !line.hasPrefix("import ") {
                samples[samples.count - 1].append(line)
            }
        }
        #expect(samples.count == 3)
        for sample in samples {
            let isThere = tested.indices.contains { tested[$0...].starts(with: sample) }
            #expect(isThere, "\(sample.first ?? "")")
        }
    }
}
