import BrokerTesting
import Testing

@testable import BrokerTesting

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

    @Test func `the newest release has everything that is served`() async throws {
        let newest = try #require(KafkaRelease.all.last?.name)
        #expect(newest == "4.3")
        let all = try await withTestBroker { try await connect($0).versions }
        let released = try await withTestBroker(apiVersions: .kafka(newest)) { try await connect($0).versions }
        for api in APIKey.allCases { #expect(released[api] == all[api], "\(api.name)") }
    }

    @Test func `the newest release has every API of a broker's listener`() throws {
        let versions = try #require(KafkaRelease.versions(of: "4.3"))
        for api in APIKey.allCases {
            #expect(
                versions[api] == (api.listeners.contains(.broker) ? api.lastStableVersion : nil), "\(api.name)")
        }
    }

    @Test func `no release takes a version back`() {
        var before: [APIKey: Int16] = [:]
        for release in KafkaRelease.all {
            for (api, version) in KafkaRelease.versions(of: release.name) ?? [:] {
                #expect(version >= before[api] ?? 0, "\(api.name) in \(release.name)")
                before[api] = version
            }
        }
    }

    @Test(
        arguments: [
            ("2.8", APIKey.describeQuorum, nil), ("3.2", .unregisterBroker, nil), ("3.3", .unregisterBroker, 0),
            ("3.3", .describeQuorum, 1), ("3.8", .describeQuorum, 1), ("3.9", .describeQuorum, 2),
            ("3.6", .listConfigResources, nil), ("3.7", .listConfigResources, 0), ("4.1", .listConfigResources, 1),
            ("3.7", .describeTopicPartitions, nil), ("3.8", .describeTopicPartitions, 0), ("3.8", .addRaftVoter, nil),
            ("3.9", .addRaftVoter, 0), ("3.9", .removeRaftVoter, 0), ("4.2", .addRaftVoter, 1),
            ("4.2", .describeLogDirs, 4), ("4.3", .describeLogDirs, 5),
        ] as [(String, APIKey, Int16?)])
    func `APIs came with their releases`(release: String, api: APIKey, version: Int16?) throws {
        #expect(try #require(KafkaRelease.versions(of: release))[api] == version)
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
