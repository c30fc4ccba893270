import BrokerTesting
import Testing

@Suite(.timeLimit(.minutes(2)))
struct APIVersionsTests {
    @Test func `a broker of 2.8 has what 2.8 has`() async throws {
        try await withTestBroker(topics: ["t"], apiVersions: .kafka("2.8")) { broker in
            let client = try await connect(broker)
            #expect(client.versions[.produce]?.upperBound == 9)
            #expect(client.versions[.fetch] == 4...12)
            #expect(client.versions[.apiVersions]?.upperBound == 3)
            #expect(client.versions[.describeTopicPartitions] == nil, "added by 3.8")
            let producer = try broker.producer()
            #expect(try await producer.send(ProducerRecord(topic: "t", value: "1")).offset == 0)
            let consumer = try await broker.consumer(of: "t")
            var count = 0
            while count == 0 { count = try await consumer.poll().count }
            #expect(Set(broker.requests.all.filter { $0.api == .fetch }.map(\.version)) == [12])
        }
    }

    @Test func `what is not told is not served`() async throws {
        try await withTestBroker(topics: ["t"], apiVersions: .all.capping(.produce, at: 8)) { broker in
            let client = try await connect(broker)
            await #expect(throws: ClientError.self) { _ = try await client.send(produceRequest("t"), within: 9...9) }
            #expect(try await client.send(produceRequest("t"), within: 8...8).errors == ["t": .none])
        }
    }

    @Test func `single APIs can be missing`() async throws {
        try await withTestBroker(apiVersions: .kafka("3.0").without(.initProducerID).capping(.fetch, at: 11)) {
            broker in
            let client = try await connect(broker)
            #expect(client.versions[.initProducerID] == nil)
            #expect(client.versions[.fetch]?.upperBound == 11)
        }
    }

    @Test func `an unknown release is refused with those there are`() async throws {
        let error = await #expect(throws: TestBrokerError.self) {
            try await withTestBroker(apiVersions: .kafka("1.9")) { _ in }
        }
        #expect(error?.description.contains("2.8") == true)
    }
}
