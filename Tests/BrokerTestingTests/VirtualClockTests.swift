import BrokerTesting
import Testing

@Suite(.timeLimit(.minutes(2)))
struct VirtualClockTests {
    @Test func `time stands still until it is advanced`() async throws {
        try await withTestBroker(topics: ["t"], clock: .virtual(startingAt: 1_700_000_000_000)) { broker in
            try broker.produce("a", to: "t")
            await broker.clock.advance(by: .seconds(5))
            try broker.produce("b", to: "t")
            #expect(try broker.records(in: "t").map(\.timestamp) == [1_700_000_000_000, 1_700_000_005_000])
            #expect(broker.clock.elapsed == .seconds(5))
        }
    }

    @Test func `clients made here stamp records with the broker's time`() async throws {
        try await withTestBroker(topics: ["t"], clock: .virtual(startingAt: 1_700_000_000_000)) { broker in
            _ = try await broker.producer().send(ProducerRecord(topic: "t", value: "a"))
            #expect(try broker.records(in: "t").map(\.timestamp) == [1_700_000_000_000])
        }
    }

    @Test func `a fetch waits as long as it said, and no longer`() async throws {
        try await withTestBroker(topics: ["t"], clock: .virtual) { broker in
            let client = try await connect(broker)
            async let answer = client.send(fetchRequest("t", maxWait: 30_000), within: 12...12)
            _ = try await broker.requests.first(.fetch)
            await broker.clock.advance(by: .milliseconds(29_999))
            #expect(broker.requests.all.first { $0.api == .fetch }?.outcome == nil)
            await broker.clock.advance(by: .milliseconds(1))
            #expect(try await answer.errors == ["t": .none])
        }
    }

    @Test func `retention takes what is old when its time has come`() async throws {
        try await withTestBroker(
            topics: [TestTopic("t", configs: ["retention.ms": "3600000"])], clock: .virtual
        ) { broker in
            try broker.produce("old", to: "t")
            await broker.clock.advance(by: .seconds(3000))
            try broker.produce("new", to: "t")
            #expect(try broker.records(in: "t").count == 2)
            // The segment goes as a whole, an hour after its newest record.
            await broker.clock.advance(by: .seconds(3000))
            #expect(try broker.records(in: "t").count == 2)
            await broker.clock.advance(by: .seconds(1000))
            #expect(try broker.records(in: "t").isEmpty)
        }
    }

    @Test func `retention can be applied at once`() async throws {
        try await withTestBroker(
            topics: [TestTopic("t", configs: ["retention.ms": "1000"])],
            config: ["log.retention.check.interval.ms": "\(Int64.max / 2_000_000)"], clock: .virtual
        ) { broker in
            try broker.produce("old", to: "t")
            await broker.clock.advance(by: .seconds(2))
            #expect(try broker.records(in: "t").count == 1)
            try await broker.applyRetention()
            #expect(try broker.records(in: "t").isEmpty)
        }
    }

    @Test func `weeks pass in a moment`() async throws {
        try await withTestBroker(topics: ["t"], clock: .virtual) { broker in
            try broker.produce("old", to: "t")
            await broker.clock.advance(by: .seconds(8 * 86_400))
            #expect(try broker.records(in: "t").isEmpty)
            // And the broker serves on at its usual pace.
            try broker.produce("new", to: "t")
            await broker.clock.advance(by: .seconds(60))
            #expect(try broker.records(in: "t").map(\.text) == ["new"])
        }
    }

    @Test func `advances that overlap are made one after the other`() async throws {
        try await withTestBroker(clock: .virtual) { broker in
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<10 { group.addTask { await broker.clock.advance(by: .seconds(1)) } }
            }
            #expect(broker.clock.elapsed == .seconds(10))
        }
    }

    @Test func `the clock goes on over a restart`() async throws {
        try await withTestBroker(topics: ["t"], clock: .virtual) { broker in
            let begun = broker.clock.now
            await broker.clock.advance(by: .seconds(10))
            try await broker.restart()
            try broker.produce("a", to: "t")
            #expect(try broker.records(in: "t").map(\.timestamp) == [begun + 10_000])
        }
    }
}
