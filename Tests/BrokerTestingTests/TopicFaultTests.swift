import BrokerTesting
import NIOCore
import Testing

/// Faults of requests that are decided on their answers, for one topic.
@Suite(.timeLimit(.minutes(2)))
struct TopicFaultTests {
    @Test func `answers about another topic are not held`() async throws {
        try await withTestBroker(topics: ["orders", "payments"]) { broker in
            let client = try await connect(broker)
            let fault = broker.faults.hold(.fetch, topic: "orders")
            let later = broker.faults.delay(.fetch, by: .seconds(3600), topic: "orders")
            async let payments = client.send(fetchRequest("payments"), within: 12...12)
            _ = try await broker.requests.first(.fetch)
            await broker.settle()
            let counts = [fault.count, later.count]
            broker.faults.removeAll()
            #expect(try await payments.errors == ["payments": .none])
            #expect(counts == [0, 0])
        }
    }

    @Test func `answers about the topic are held`() async throws {
        try await withTestBroker(topics: ["orders", "payments"]) { broker in
            let client = try await connect(broker)
            let fault = broker.faults.hold(.fetch, topic: "orders")
            async let answer = client.send(fetchRequest("payments", "orders"), within: 12...12)
            _ = try await broker.requests.first(.fetch)
            await broker.settle()
            #expect(fault.count == 1)
            #expect(broker.requests.all.last?.outcome == nil)
            fault.cancel()
            #expect(try await answer.errors == ["payments": .none, "orders": .none])
        }
    }

    @Test(arguments: [Faults.Moment.beforeHandling, .afterHandling])
    func `connections are dropped for one topic`(moment: Faults.Moment) async throws {
        try await withTestBroker(topics: ["orders", "payments"]) { broker in
            let client = try await connect(broker)
            let fetching = broker.faults.dropConnection(on: .fetch, moment, topic: "orders")
            let asking = broker.faults.dropConnection(on: .metadata, moment, topic: "orders")
            #expect(try await client.send(fetchRequest("payments"), within: 12...12).errors == ["payments": .none])
            let metadata = try await client.send(MetadataRequest(topics: [.init(name: "payments")]), within: 9...9)
            #expect(metadata.topics.map(\.errorCode) == [.none])
            #expect(fetching.count == 0 && asking.count == 0)
            await #expect(throws: ClientError.self) {
                _ = try await client.send(fetchRequest("orders"), within: 12...12)
            }
            // Who asks for all topics asks for this one.
            let other = try await connect(broker)
            await #expect(throws: ClientError.self) {
                _ = try await other.send(MetadataRequest(topics: nil), within: 9...9)
            }
            #expect(fetching.count == 1 && asking.count == 1)
        }
    }

    @Test func `of several faults the first that applies decides`() async throws {
        try await withTestBroker(topics: ["a", "b"]) { broker in
            let client = try await connect(broker)
            let (first, second) = (
                broker.faults.fail(.fetch, with: .offsetOutOfRange, topic: "a"),
                broker.faults.fail(.fetch, with: .notLeaderOrFollower, topic: "b")
            )
            let last = broker.faults.dropConnection(on: .fetch, .afterHandling, times: 1)
            #expect(try await client.send(fetchRequest("b"), within: 12...12).errors == ["b": .notLeaderOrFollower])
            #expect(
                try await client.send(fetchRequest("a", "b"), within: 12...12).errors
                    == ["a": .offsetOutOfRange, "b": .none])
            #expect(first.count == 1 && second.count == 1 && last.count == 0)
        }
    }

    @Test func `a fetch of a session is decided on its answer`() async throws {
        try await withTestBroker(topics: ["orders", "payments"]) { broker in
            let client = try await connect(broker)
            var request = fetchRequest("orders", "payments")
            request.sessionEpoch = 0
            let session = try await client.send(request, within: 12...12).sessionID
            #expect(session != 0)
            let fault = broker.faults.fail(.fetch, with: .notLeaderOrFollower, topic: "orders")
            // From here on nothing is named that has not changed.
            var next = fetchRequest()
            (next.sessionID, next.sessionEpoch) = (session, 1)
            try broker.produce("paid", to: "payments")
            #expect(try await client.send(next, within: 12...12).errors == ["payments": .none])
            #expect(fault.count == 0)
            try broker.produce("ordered", to: "orders")
            next.sessionEpoch = 2
            let answer = try await client.send(next, within: 12...12)
            #expect(answer.errors["orders"] == .notLeaderOrFollower)
            #expect(fault.count == 1)
        }
    }

    @Test func `what another topic got is still in the answer`() async throws {
        try await withTestBroker(topics: ["bad", "good"]) { broker in
            let text = String(repeating: "v", count: 100_000)
            try broker.produce(text, to: "good")
            let client = try await connect(broker)
            broker.faults.fail(.fetch, with: .notLeaderOrFollower, topic: "bad")
            let answer = try await client.send(fetchRequest("bad", "good"), within: 12...12)
            #expect(answer.errors == ["bad": .notLeaderOrFollower, "good": .none])
            let good = answer.responses.first { $0.topic == "good" }
            #expect(good?.partitions.first?.records?.buffer?.readableBytes ?? 0 > text.utf8.count)
        }
    }
}
