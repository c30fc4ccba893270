import BrokerMetadata
import BrokerModel
import BrokerPluginAPI
import BrokerPrimitives
import BrokerRuntime
import BrokerWire
import Dispatch
import NIOCore
import Synchronization
import Testing

/// Judges as a test says, and remembers what it was asked.
private final class Judge: TopicPolicy {
    let changes = Mutex<[TopicChange]>([])
    let askers = Mutex<[RequestContext]>([])
    private let verdict: @Sendable (TopicChange) -> PluginError?

    init(_ verdict: @escaping @Sendable (TopicChange) -> PluginError?) { self.verdict = verdict }

    func check(_ change: TopicChange, for asker: RequestContext) throws(PluginError) {
        changes.withLock { $0.append(change) }
        askers.withLock { $0.append(asker) }
        if let error = verdict(change) { throw error }
    }
}

/// What topic policies do to a running broker.
struct TopicPoliciesTests {
    private func brokers(_ policies: [(String, any TopicPolicy)]) -> TestBroker {
        TestBroker(policies: BrokerPolicies(topicPolicies: policies.map { .init($0, $1) }))
    }

    private func create(
        _ client: TestClient, _ topics: [String], partitions: Int32 = 1, validateOnly: Bool = false
    ) async throws -> [CreateTopicsResponse.CreatableTopicResult] {
        try await client.call(
            CreateTopicsRequest(
                topics: topics.map { .init(name: $0, numPartitions: partitions, replicationFactor: 1) },
                validateOnly: validateOnly), version: 7
        ).topics
    }

    private func alter(_ client: TestClient, _ topic: String, _ key: String, _ value: String) async throws
        -> IncrementalAlterConfigsResponse.AlterConfigsResourceResponse
    {
        let response = try await client.call(
            IncrementalAlterConfigsRequest(resources: [
                .init(
                    resourceType: 2, resourceName: topic,
                    configs: [.init(name: key, configOperation: 0, value: value)])
            ]), version: 1)
        return try #require(response.responses.first)
    }

    private func names(_ client: TestClient) async throws -> [String] {
        try await client.call(MetadataRequest(topics: nil), version: 12).topics.compactMap(\.name).sorted()
    }

    @Test func `what a policy refuses is refused with its sentence, and nothing of it is done`() async throws {
        let judge = Judge { $0.topic.hasPrefix("bad") ? .reject("Be good.") : nil }
        let broker = try await brokers([("ethics", judge)]).start()
        let client = try await TestClient(broker)
        for validateOnly in [true, false] {
            let results = try await create(client, ["bad", "good"], validateOnly: validateOnly)
            #expect(results.map(\.name) == ["bad", "good"])
            #expect(results.map(\.errorCode) == [.policyViolation, .none])
            #expect(results[0].errorMessage == "Be good. (topic policy 'ethics')")
        }
        #expect(try await names(client) == ["good"])
        let asked = judge.changes.withLock { $0 }
        #expect(
            asked.map(\.topic) == ["bad", "good", "bad", "good"] && asked.map(\.isDryRun) == [true, true, false, false])
        let asker = try #require(judge.askers.withLock { $0.first })
        #expect(asker.principal == "User:ANONYMOUS" && asker.host == "127.0.0.1" && asker.listener == "PLAINTEXT")
        await broker.stop()
    }

    @Test func `more partitions and other configs are judged, too`() async throws {
        let judge = Judge { change in
            if change.after.partitionCount > 3 { return .reject("Three are enough.") }
            return change.config("retention.ms") == "-1" ? .reject("Nothing is for ever.") : nil
        }
        let broker = try await brokers([("modesty", judge)]).start()
        let client = try await TestClient(broker)
        #expect(try await create(client, ["t"], partitions: 2).map(\.errorCode) == [.none])
        for (count, code) in [(4, ErrorCode.policyViolation), (3, .none)] as [(Int32, ErrorCode)] {
            let grown = try await client.call(
                CreatePartitionsRequest(topics: [.init(name: "t", count: count, assignments: nil)]), version: 3)
            #expect(grown.results.map(\.errorCode) == [code])
        }
        let refused = try await alter(client, "t", "retention.ms", "-1")
        #expect(refused.errorCode == .policyViolation)
        #expect(refused.errorMessage == "Nothing is for ever. (topic policy 'modesty')")
        #expect(try await alter(client, "t", "retention.ms", "1000").errorCode == .none)
        let replaced = try await client.call(
            AlterConfigsRequest(resources: [
                .init(resourceType: 2, resourceName: "t", configs: [.init(name: "retention.ms", value: "-1")])
            ]), version: 2)
        #expect(replaced.responses.map(\.errorCode) == [.policyViolation])
        let brokerConfig = try await client.call(
            IncrementalAlterConfigsRequest(resources: [
                .init(
                    resourceType: 4, resourceName: "",
                    configs: [.init(name: "log.retention.ms", configOperation: 0, value: "-1")])
            ]), version: 1)
        #expect(brokerConfig.responses.map(\.errorCode) == [.none], "a broker is no topic")
        await broker.stop()
    }

    @Test func `a topic that is made by its use is judged, and the broker's own is not`() async throws {
        let judge = Judge { _ in .reject("No more topics.") }
        let broker = try await brokers([("thrift", judge)]).start()
        let client = try await TestClient(broker)
        let metadata = try await client.call(MetadataRequest(topics: [.init(name: "t")]), version: 12)
        #expect(metadata.topics.map(\.errorCode) == [.unknownTopicOrPartition])
        let found = try await client.call(
            FindCoordinatorRequest(keyType: 0, coordinatorKeys: ["g"]), version: 4)
        #expect(found.coordinators.map(\.errorCode) == [.none])
        #expect(judge.changes.withLock { $0.map(\.topic) } == ["t"])
        #expect(try await names(client) == ["__consumer_offsets"])
        await broker.stop()
    }

    @Test func `the first refusal holds, and a policy that cannot judge refuses`() async throws {
        let unsure = Judge { $0.topic == "later" ? .retry("Ask later.") : nil }
        let lost = Judge { $0.topic == "lost" ? .fallBack("My rules are gone.") : nil }
        let last = Judge { _ in nil }
        let broker = try await brokers([("unsure", unsure), ("lost", lost), ("last", last)]).start()
        let client = try await TestClient(broker)
        let results = try await create(client, ["later", "lost", "fine"])
        #expect(results.map(\.errorCode) == [.requestTimedOut, .policyViolation, .none])
        #expect(
            results.map(\.errorMessage) == [
                "Ask later. (topic policy 'unsure')", "My rules are gone. (topic policy 'lost')", nil,
            ])
        #expect(last.changes.withLock { $0.map(\.topic) } == ["fine"])
        await broker.stop()
    }

    @Test func `a policy that stalls holds up its askers and nobody else`() async throws {
        let (entered, signal) = AsyncStream<Void>.makeStream()
        let gate = DispatchSemaphore(value: 0)
        let judge = Judge { change in
            if change.topic.hasPrefix("slow") {
                signal.yield()
                gate.wait()
            }
            return nil
        }
        let broker = try await brokers([("sloth", judge)]).start()
        let (stuck, client) = (try await TestClient(broker), try await TestClient(broker))
        // As many as there are threads for policies.
        let ids = [
            try await stuck.send(
                CreateTopicsRequest(topics: [.init(name: "slow1", numPartitions: 1, replicationFactor: 1)]), version: 7),
            try await stuck.send(
                CreateTopicsRequest(topics: [.init(name: "slow2", numPartitions: 1, replicationFactor: 1)]), version: 7),
        ]
        var arrivals = entered.makeAsyncIterator()
        for _ in 0..<2 { _ = await arrivals.next() }
        // The controller decides what no policy is asked about.
        let deleted = try await client.call(DeleteTopicsRequest(topics: [.init(name: "no")]), version: 6)
        #expect(deleted.responses.map(\.errorCode) == [.unknownTopicOrPartition])
        for _ in 0..<2 { gate.signal() }
        for id in ids {
            let response = try await stuck.receive(CreateTopicsResponse.self, version: 7, id: id)
            #expect(response.topics.map(\.errorCode) == [.none])
        }
        await broker.stop()
    }

    @Test func `two who alter a topic at a time are judged as what comes of it`() async throws {
        let (entered, signal) = AsyncStream<Void>.makeStream()
        let gate = DispatchSemaphore(value: 0)
        let isFirst = Atomic<Bool>(true)
        // Each alone would do; both are too much.
        let judge = Judge { change in
            let configs = change.after.configs
            if configs["retention.ms"] == "1", isFirst.exchange(false, ordering: .relaxed) {
                signal.yield()
                gate.wait()
            }
            return configs["retention.ms"] == "1" && configs["retention.bytes"] == "1" ? .reject("Not both.") : nil
        }
        let broker = try await brokers([("either", judge)]).start()
        let (slow, quick) = (try await TestClient(broker), try await TestClient(broker))
        #expect(try await create(quick, ["t"]).map(\.errorCode) == [.none])
        let id = try await slow.send(
            IncrementalAlterConfigsRequest(resources: [
                .init(
                    resourceType: 2, resourceName: "t",
                    configs: [.init(name: "retention.ms", configOperation: 0, value: "1")])
            ]), version: 1)
        var arrivals = entered.makeAsyncIterator()
        _ = await arrivals.next()
        #expect(try await alter(quick, "t", "retention.bytes", "1").errorCode == .none)
        gate.signal()
        let response = try await slow.receive(IncrementalAlterConfigsResponse.self, version: 1, id: id)
        #expect(response.responses.map(\.errorCode) == [.policyViolation])
        await broker.stop()
    }
}
