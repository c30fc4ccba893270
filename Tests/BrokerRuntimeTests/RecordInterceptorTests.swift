import BrokerModel
import BrokerPluginAPI
import BrokerPrimitives
import BrokerRuntime
import BrokerWire
import NIOCore
import Testing

/// What plug-ins that look at records do to a running broker.
@Suite struct RecordInterceptorTests {
    /// Stamps a header and marks the value.
    private static let stamp = PluginRegistration.recordInterceptor("stamp") { record, context throws(PluginError) in
        var record = record
        record.headers.append(.init(key: "by", value: ByteBuffer(string: context.client.principal)))
        record.value = record.value.map { ByteBuffer(string: String(buffer: $0) + "+") }
        return record
    }

    private static let noLies = PluginRegistration.recordInterceptor("no-lies") { record, _ throws(PluginError) in
        if record.value.map({ String(buffer: $0) }) == "lie" { throw .reject("it is a lie") }
        return nil
    }

    private func produce(
        _ client: TestClient, _ bytes: ByteBuffer, to topic: String = "t"
    ) async throws -> ProduceResponse.PartitionProduceResponse { try await client.produce(bytes, to: topic) }

    private func values(_ strings: [String], producer: ProducerID = -1, sequence: Int32 = -1) -> RecordBatchBuilder {
        var builder = RecordBatchBuilder(
            producerID: producer, producerEpoch: producer < 0 ? -1 : 0, baseSequence: sequence)
        for (index, string) in strings.enumerated() {
            builder.append(timestamp: 1_000 + Int64(index), key: nil, value: ByteBuffer(string: string))
        }
        return builder
    }

    @Test(arguments: [CompressionType.none, .gzip, .snappy, .lz4, .zstd])
    func `records are changed on their way, whatever their batch is compressed with`(
        compression: CompressionType
    ) async throws {
        let broker = try await TestBroker(plugins: [Use(Self.stamp)]).start()
        let client = try await TestClient(broker)
        try await client.create("t", configs: [("interceptor", "stamp")])
        let bytes = try values(["a", "b", "c"], producer: 7, sequence: 0).build(compression)
        #expect(try await produce(client, bytes).errorCode == .none)
        let fetched = try await client.fetch("t", offset: 0)
        #expect(try fetched.values == ["a+", "b+", "c+"])
        let batch = try RecordBatch(try #require(fetched.records?.buffer))
        #expect(batch.header.attributes.compression == compression)
        #expect(batch.header.producerID == 7 && batch.header.baseSequence == 0)
        #expect(batch.header.baseTimestamp == 1_000 && batch.header.maxTimestamp == 1_002)
        // The same batch again is the same batch.
        #expect(try await produce(client, bytes).baseOffset == 0)
        let next = try values(["d"], producer: 7, sequence: 3).build(compression)
        #expect(try await produce(client, next).baseOffset == 3)
        await broker.stop()
    }

    @Test func `what is refused is told record by record, and nothing of its batch is kept`() async throws {
        let broker = try await TestBroker(plugins: [Use(Self.stamp), Use(Self.noLies)]).start()
        let client = try await TestClient(broker)
        try await client.create("t", configs: [("interceptor", "no-lies,stamp")])
        let refused = try await produce(client, values(["a", "lie", "b", "lie"]).build())
        #expect(refused.errorCode == .invalidRecord)
        #expect(refused.recordErrors.map(\.batchIndex) == [1, 3])
        #expect(refused.recordErrors.first?.batchIndexErrorMessage == "it is a lie")
        #expect(
            refused.errorMessage
                == "The topic's interceptor 'no-lies' refuses 2 of the batch's records: it is a lie")
        #expect(try await produce(client, values(["true"]).build()).baseOffset == 0)
        #expect(try await client.fetch("t", offset: 0).values == ["true+"])
        await broker.stop()
    }

    @Test func `one that fails is left alone, and clients are told to try again`() async throws {
        let broken = PluginRegistration.recordInterceptor("broken") { record, _ throws(PluginError) in
            if record.key == nil { throw .fallBack("no key, no luck") }
            return nil
        }
        let broker = try await TestBroker(plugins: [Use(broken)]).start(["http.listener": "127.0.0.1:0"])
        let client = try await TestClient(broker)
        for topic in ["t", "u"] { try await client.create(topic, configs: [("interceptor", "broken")]) }
        for _ in 0..<5 {
            #expect(try await produce(client, values(["a"]).build()).errorCode == .requestTimedOut)
        }
        var keyed = RecordBatchBuilder()
        keyed.append(timestamp: 1, key: ByteBuffer(string: "k"), value: nil)
        #expect(try await produce(client, keyed.build()).errorCode == .requestTimedOut, "it is not asked any more")
        #expect(try await produce(client, keyed.build(), to: "u").errorCode == .none, "but in other topics it is")
        let health = try await get("/readyz", of: broker)
        #expect(health.contains("200 OK") && health.contains(#""status":"degraded""#))
        #expect(health.contains("The record interceptor 'broken' of the topic 't' fails (no key, no luck)"))
        let metrics = try await get("/metrics", of: broker)
        #expect(metrics.contains(#"broker_plugin_errors_total{kind="record-interceptor",name="broken"} 5"#))
        await broker.stop()
    }

    @Test func `one that makes of little very much is stopped`() async throws {
        let bomb = PluginRegistration.recordInterceptor("bomb") { record, _ throws(PluginError) in
            var record = record
            record.value = ByteBuffer(repeating: 0, count: 64 << 20)
            return record
        }
        let broker = try await TestBroker(plugins: [Use(bomb)]).start()
        let client = try await TestClient(broker)
        for topic in ["t", "u"] { try await client.create(topic, configs: [("interceptor", "bomb")]) }
        #expect(try await produce(client, values(["a"]).build()).errorCode == .messageTooLarge)
        let answer = try await produce(client, values(["a", "b", "c"]).build(), to: "u")
        #expect(answer.errorCode == .requestTimedOut)
        #expect(answer.errorMessage?.contains("more than 134217728 bytes") == true)
        await broker.stop()
    }

    @Test func `one that holds a topic up holds up no other, and order is kept`() async throws {
        let gate = Gate()
        let slow = PluginRegistration.recordInterceptor("slow") { record, context throws(PluginError) in
            if context.topic == "held" { gate.wait() }
            return nil
        }
        // There is one network thread.
        let broker = try await TestBroker(plugins: [Use(slow)]).start()
        let client = try await TestClient(broker)
        for topic in ["held", "intercepted"] { try await client.create(topic, configs: [("interceptor", "slow")]) }
        try await client.create("free")
        let held = try await TestClient(broker)
        var sent: [Int32] = []
        for number in 0..<3 {
            let request = TestClient.produceRequest(values(["\(number)"]).build(), "held", acks: -1)
            sent.append(try await held.send(request, version: 12))
        }
        for topic in ["free", "intercepted"] {
            #expect(try await produce(client, values(["x"]).build(), to: topic).errorCode == .none)
        }
        #expect(try await client.fetch("held", offset: 0).values == [])
        // While batches wait there, what comes behind them waits too, interceptor or not.
        let response = try await client.call(
            IncrementalAlterConfigsRequest(resources: [
                .init(
                    resourceType: 2, resourceName: "held", configs: [.init(name: "interceptor", configOperation: 1)])
            ]), version: 1)
        #expect(response.responses.first?.errorCode == ErrorCode.none)
        let request = TestClient.produceRequest(values(["3"]).build(), "held", acks: -1)
        sent.append(try await held.send(request, version: 12))
        gate.open()
        for (offset, id) in sent.enumerated() {
            let answer = try await held.receive(ProduceResponse.self, version: 12, id: id)
            #expect(answer.responses.first?.partitionResponses.first?.baseOffset == Int64(offset))
        }
        var values: [String] = []
        for offset in 0..<4 { values += try await client.fetch("held", offset: Int64(offset)).values.prefix(1) }
        #expect(values == ["0", "1", "2", "3"])
        await broker.stop()
    }

    @Test func `a partitioner that answers nonsense refuses nothing and is left alone`() async throws {
        struct Nonsense: ExplainablePartitioner, Plugin {
            static let name = "nonsense"
            static let summary = "Answers what there is not."
            init(_ configuration: NoConfiguration) {}
            func partition(for record: PartitionerContext) -> PartitionIndex { -1 }
            func explain(_ record: PartitionerContext) -> PartitionRoute {
                PartitionRoute(record.key == nil ? -1 : 1_000_000_000, because: "of nothing")
            }
        }
        let broker = try await TestBroker(plugins: [Use(Nonsense.self)]).start(["http.listener": "127.0.0.1:0"])
        let client = try await TestClient(broker)
        try await client.create("t", configs: [("partitioner", "nonsense"), ("partitioner.verify", "reject")])
        for _ in 0..<6 { #expect(try await produce(client, values(["a"]).build()).errorCode == .none) }
        let health = try await get("/readyz", of: broker)
        #expect(health.contains("it answered the partitions -1..<0 of 1"), "\(health)")
        await broker.stop()
    }

    @Test func `an unknown interceptor, or an option of one that is not used, is refused`() async throws {
        let broker = try await TestBroker(plugins: [Use(Self.stamp)]).start()
        let client = try await TestClient(broker)
        let created = try await client.call(
            CreateTopicsRequest(topics: [
                .init(
                    name: "t", numPartitions: 1, replicationFactor: 1,
                    configs: [.init(name: "interceptor", value: "stmap")])
            ]), version: 7)
        #expect(created.topics.first?.errorCode == .invalidConfig)
        #expect(
            created.topics.first?.errorMessage
                == "Invalid value 'stmap' for 'interceptor': it must be one of stamp. Did you mean 'stamp'?")
        await broker.stop()
    }

    @Test func `an authorizer that gives too few answers allows nothing`() async throws {
        struct Silent: Authorizer {
            func authorize(_ actions: [AuthorizableAction], for context: RequestContext) -> [AuthorizationResult] {
                Array(repeating: .allowed, count: actions.count - 1)
            }
        }
        let broker = try await TestBroker(authorizer: Silent()).start()
        let client = try await TestClient(broker)
        let created = try await client.call(
            CreateTopicsRequest(topics: [.init(name: "t", numPartitions: 1, replicationFactor: 1)]), version: 7)
        #expect(created.topics.map(\.errorCode) == [.topicAuthorizationFailed])
        await broker.stop()
    }

    @Test func `a cleanup policy that is stuck keeps its topic as it is, and others are cleaned`() async throws {
        let gate = Gate()
        let stuck = PluginRegistration.cleanupPolicy("stuck") { _ in
            gate.wait()
            return .nothing
        }
        let broker = try await TestBroker(plugins: [Use(stuck)]).start(
            ["log.retention.check.interval.ms": "10", "background.threads": "3", "log.initial.task.delay.ms": "0"])
        let client = try await TestClient(broker)
        let filler = String(repeating: "x", count: 900_000)
        for (topic, policy) in [("s", "stuck"), ("d", "delete")] {
            try await client.create(
                topic, configs: [("segment.bytes", "1048576"), ("cleanup.policy", policy), ("retention.ms", "1")])
            for _ in 0..<3 { _ = try await produce(client, values([filler]).build(), to: topic) }
        }
        var start: Int64 = 0
        while start == 0 { start = try await client.fetch("d", offset: 2).logStartOffset }
        #expect(try await client.fetch("s", offset: 2).logStartOffset == 0)
        gate.open()
        await broker.stop()
    }
}
