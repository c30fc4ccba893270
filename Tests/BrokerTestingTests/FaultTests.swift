import BrokerTesting
import Testing

@testable import BrokerTesting

@Suite(.timeLimit(.minutes(2)))
struct FaultTests {
    @Test func `a request fails as often as it is told to, and does nothing`() async throws {
        try await withTestBroker(topics: ["t"]) { broker in
            let client = try await connect(broker)
            let fault = broker.faults.fail(.produce, with: .notLeaderOrFollower, times: 2)
            for expected: ErrorCode in [.notLeaderOrFollower, .notLeaderOrFollower, .none] {
                #expect(try await client.send(produceRequest("t"), within: 9...9).errors == ["t": expected])
            }
            #expect(fault.count == 2)
            #expect(try broker.records(in: "t").count == 1)
        }
    }

    @Test func `a producer lives through failures, without duplicates`() async throws {
        try await withTestBroker(topics: ["t"]) { broker in
            let producer = try broker.producer()
            broker.faults.fail(.produce, with: .notLeaderOrFollower, times: 2)
            _ = try await producer.send(ProducerRecord(topic: "t", value: "1"))
            broker.faults.dropConnection(on: .produce, .afterHandling, times: 1)
            _ = try await producer.send(ProducerRecord(topic: "t", value: "2"))
            broker.faults.dropConnection(on: .produce, .beforeHandling, times: 1)
            _ = try await producer.send(ProducerRecord(topic: "t", value: "3"))
            #expect(try broker.records(in: "t").map(\.text) == ["1", "2", "3"])
            #expect(broker.requests.count(of: .produce) == 7)
        }
    }

    @Test(arguments: [9, 13] as [Int16])
    func `only one topic fails, by name and by id`(version: Int16) async throws {
        try await withTestBroker(topics: ["bad", "good"]) { broker in
            let client = try await connect(broker)
            broker.faults.fail(.produce, with: .notEnoughReplicas, topic: "bad")
            var request = produceRequest("bad", "good")
            for index in request.topicData.indices {
                let topic = try await broker.admin.describeTopic(request.topicData[index].name)
                if version >= 13 {
                    request.topicData[index].topicID = topic.id
                    request.topicData[index].name = ""
                }
            }
            let answer = try await client.send(request, within: version...version)
            let errors = answer.responses.map { $0.partitionResponses.map(\.errorCode) }
            #expect(errors.count == 2 && errors.contains([.none]) && errors.contains([.notEnoughReplicas]))
            #expect(try broker.records(in: "bad").isEmpty)
            #expect(try broker.records(in: "good").count == 1)
        }
    }

    @Test func `a fetch fails where it is told to`() async throws {
        try await withTestBroker(topics: ["bad", "good"]) { broker in
            try broker.produce("x", to: "bad")
            try broker.produce("x", to: "good")
            let client = try await connect(broker)
            let fault = broker.faults.fail(.fetch, with: .offsetOutOfRange, topic: "bad", times: 1)
            let request = fetchRequest("bad", "good")
            #expect(
                try await client.send(request, within: 12...12).errors == ["bad": .offsetOutOfRange, "good": .none])
            #expect(try await client.send(request, within: 12...12).errors == ["bad": .none, "good": .none])
            #expect(fault.count == 1)
        }
    }

    @Test func `a consumer lives through failures`() async throws {
        try await withTestBroker(topics: ["t"]) { broker in
            try broker.produce("1", "2", "3", to: "t")
            broker.faults.fail(.fetch, with: .notLeaderOrFollower, times: 2)
            broker.faults.dropConnection(on: .fetch, .beforeHandling, times: 1)
            let consumer = try await broker.consumer(of: "t")
            var seen: [String?] = []
            while seen.count < 3 { seen += try await consumer.poll().map(\.text) }
            #expect(seen == ["1", "2", "3"])
        }
    }

    @Test func `metadata can be missing for a while`() async throws {
        try await withTestBroker(topics: ["t"]) { broker in
            let fault = broker.faults.fail(.metadata, with: .leaderNotAvailable, topic: "t", times: 2)
            let producer = try broker.producer()
            #expect(try await producer.send(ProducerRecord(topic: "t", value: "1")).offset == 0)
            #expect(fault.count == 2)
        }
    }

    @Test func `only one client meets a fault`() async throws {
        try await withTestBroker(topics: ["t"]) { broker in
            broker.faults.fail(.produce, with: .kafkaStorageError, clientID: "unlucky")
            let (unlucky, lucky) = (try await connect(broker, as: "unlucky"), try await connect(broker, as: "lucky"))
            #expect(try await unlucky.send(produceRequest("t"), within: 9...9).errors == ["t": .kafkaStorageError])
            #expect(try await lucky.send(produceRequest("t"), within: 9...9).errors == ["t": .none])
        }
    }

    @Test func `a held answer is sent when the fault is cancelled`() async throws {
        try await withTestBroker(topics: ["t"]) { broker in
            let client = try await connect(broker)
            let fault = broker.faults.hold(.produce)
            async let answer = client.send(produceRequest("t"), within: 9...9)
            _ = try await broker.requests.first(.produce)
            await broker.settle()
            // It was handled; only the answer waits.
            #expect(try broker.records(in: "t").count == 1)
            #expect(broker.requests.all.last?.outcome == nil)
            fault.cancel()
            #expect(try await answer.errors == ["t": .none])
        }
    }

    @Test func `an answer is late by as much as it is told to`() async throws {
        try await withTestBroker(topics: ["t"], clock: .virtual) { broker in
            let client = try await connect(broker)
            let fault = broker.faults.delay(.produce, by: .seconds(3), times: 1)
            async let answer = client.send(produceRequest("t"), within: 9...9)
            _ = try await broker.requests.first(.produce)
            await broker.clock.advance(by: .milliseconds(2_999))
            #expect(broker.requests.all.last?.outcome == nil)
            #expect(fault.heldCount == 1)
            await broker.clock.advance(by: .milliseconds(1))
            #expect(try await answer.errors == ["t": .none])
            #expect(fault.heldCount == 0)
        }
    }

    @Test func `a fault that is cancelled while its request is handled lets the answer go`() async throws {
        try await withTestBroker(topics: ["t"], clock: .virtual) { broker in
            let client = try await connect(broker)
            for duration: Duration? in [nil, .seconds(3600)] {
                let fault =
                    duration.map { broker.faults.delay(.fetch, by: $0) } ?? broker.faults.hold(.fetch)
                broker.requests.clear()
                async let answer = client.send(fetchRequest("t", maxWait: 1_000), within: 12...12)
                _ = try await broker.requests.first(.fetch)
                await broker.settle()
                #expect(fault.count == 1)
                fault.cancel()
                await broker.clock.advance(by: .milliseconds(1_000))
                #expect(broker.requests.all.last?.outcome != nil)
                broker.faults.removeAll()
                #expect(try await answer.errors == ["t": .none])
            }
        }
    }

    @Test func `a request that wants no answer loses its connection`() async throws {
        try await withTestBroker(topics: ["t"]) { broker in
            broker.faults.fail(.produce, with: .notLeaderOrFollower)
            let client = try await connect(broker)
            await #expect(throws: ClientError.self) {
                _ = try await client.send(produceRequest("t", acks: 0), within: 9...9)
            }
            let logged = try await broker.requests.first(.produce) { $0.outcome != nil }
            guard case .disconnected = logged.outcome else {
                Issue.record("\(logged)")
                return
            }
        }
    }

    @Test func `connections can be refused, and taken again`() async throws {
        try await withTestBroker(topics: ["t"]) { broker in
            let old = try await connect(broker)
            try await broker.faults.refuseConnections()
            await #expect(throws: ClientError.self) { _ = try await connect(broker) }
            #expect(try await old.send(produceRequest("t"), within: 9...9).errors == ["t": .none])
            try await broker.faults.acceptConnections()
            let new = try await connect(broker)
            #expect(try await new.send(produceRequest("t"), within: 9...9).errors == ["t": .none])
            try await broker.faults.disconnectClients()
            await #expect(throws: ClientError.self) { _ = try await new.send(produceRequest("t"), within: 9...9) }
        }
    }

    private func canBeRefused<Request: WireRequest>(_ type: Request.Type) -> Bool {
        type is any RefusableRequest.Type || type is any ReadingRequest.Type
            || Request.Response.self is any TopLevelErrorResponse.Type
    }

    @Test func `every API that is served can be refused`() async throws {
        var requests: [APIKey: any WireRequest.Type] = [:]
        for type in WireRegistry.messages {
            if let type = type as? any WireRequest.Type { requests[type.apiKey] = type }
        }
        try await withTestBroker { broker in
            let versions = try await connect(broker).versions
            for api in APIKey.allCases where versions[api] != nil {
                let type = try #require(requests[api])
                let isCovered = canBeRefused(type)
                #expect(isCovered, "\(api.name) has no answer for faults")
            }
        }
    }
}
