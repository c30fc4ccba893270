import BrokerTesting
import Testing

@testable import BrokerTesting

@Suite(.timeLimit(.minutes(2)))
struct RequestLogTests {
    @Test func `requests are told with all that is known of them`() async throws {
        try await withTestBroker(topics: ["t"], clock: .virtual(startingAt: 1_700_000_000_000)) { broker in
            let client = try await connect(broker, as: "someone")
            _ = try await client.send(produceRequest("t"), within: 9...9)
            let logged = try await broker.requests.first(.produce) { $0.outcome != nil }
            #expect(logged.version == 9 && logged.clientID == "someone" && logged.time == 1_700_000_000_000)
            #expect(broker.requests.of(ProduceRequest.self) == [produceRequest("t")])
            #expect(logged.response(ProduceResponse.self)?.errors == ["t": .none])
            #expect(logged.description == "Produce v9 of someone: answered")
            broker.requests.clear()
            #expect(broker.requests.all.isEmpty)
        }
    }

    @Test func `an answer after the log was cleared belongs to nothing in it`() async throws {
        try await withTestBroker(topics: ["t"]) { broker in
            let client = try await connect(broker)
            let fault = broker.faults.hold(.produce)
            async let answer = client.send(produceRequest("t"), within: 9...9)
            _ = try await broker.requests.first(.produce)
            broker.requests.clear()
            async let other = client.send(ApiVersionsRequest(), within: 0...0)
            let first = try await broker.requests.first(.apiVersions)
            #expect(first.version == 0)
            fault.cancel()
            _ = try await (answer, other)
            #expect(broker.requests.all.map(\.api) == [.apiVersions])
        }
    }

    @Test func `the latest requests are kept, and know their ends`() {
        let log = RequestLog()
        for number in 1...25_000 as ClosedRange<Int64> {
            let entry = log.received(
                HeartbeatRequest(), api: .heartbeat, version: 4, clientID: nil, connection: 1, time: number)
            if number % 2 == 0 { log.ended(entry, .unanswered) }
        }
        let kept = log.all
        #expect((9_000...10_000).contains(kept.count))
        #expect(kept.map(\.time) == Array((25_001 - Int64(kept.count))...25_000))
        let isRight = kept.allSatisfy { ($0.outcome == nil) == ($0.time % 2 == 1) }
        #expect(isRight)
    }

    @Test func `whoever waits for a request can be cancelled`() async throws {
        try await withTestBroker { broker in
            let task = Task { try await broker.requests.next(.joinGroup) }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }
}
