import BrokerClient
import BrokerMetadata
import BrokerModel
import BrokerPluginAPI
import BrokerPrimitives
import BrokerRuntime
import BrokerWire
import Codecs
import DefaultPlugins
import NIOCore
import Partitioners
import Testing

/// Changes the first bytes by a mask, which it writes before them, so that any instance can read it.
private struct Masking: CompressionCodec, Plugin {
    static let name = "masking"
    static let summary = "Makes nothing smaller."
    struct Configuration: PluginConfiguration {
        var mask = 1
        static let schema = PluginSchema<Self> { ConfigKey("mask", \.mask, "The mask.", in: 1...255) }
    }
    let mask: UInt8
    var type: CompressionType { .custom5 }
    var levels: CompressionLevels? { nil }

    init(_ configuration: Configuration) { mask = UInt8(configuration.mask) }

    func compress(_ bytes: ByteBuffer, level: Int?, into output: inout ByteBuffer) throws(CodecError) {
        output.writeInteger(mask)
        change(bytes, by: mask, into: &output)
    }

    func decompress(_ bytes: ByteBuffer, limit: Int, into output: inout ByteBuffer) throws(CodecError) {
        guard let mask = bytes.readableBytesView.first, mask > 0 else { throw .malformed("there is no mask") }
        guard bytes.readableBytes - 1 <= limit else { throw .tooLarge(limit: limit) }
        change(
            bytes.getSlice(at: bytes.readerIndex + 1, length: bytes.readableBytes - 1) ?? bytes, by: mask, into: &output
        )
    }

    private func change(_ bytes: ByteBuffer, by mask: UInt8, into output: inout ByteBuffer) {
        output.writeBytes(bytes.readableBytesView.prefix(1_000).map { $0 ^ mask })
        output.writeBytes(bytes.readableBytesView.dropFirst(1_000))
    }
}

/// Of the same number as `Masking`.
private struct Rival: CompressionCodec, Plugin {
    static let name = "rival"
    static let summary = "Takes another's number."
    var type = CompressionType.custom5
    var levels: CompressionLevels? { nil }
    init(_ configuration: NoConfiguration) {}
    func compress(_ bytes: ByteBuffer, level: Int?, into output: inout ByteBuffer) throws(CodecError) {}
    func decompress(_ bytes: ByteBuffer, limit: Int, into output: inout ByteBuffer) throws(CodecError) {}
}

struct CustomCodecTests {
    private let brokers: TestBroker

    init() throws {
        brokers = TestBroker(
            composition: try PluginSet {
                DefaultPlugins()
                Use(Masking.self)
            })
    }

    private func masked(_ builder: RecordBatchBuilder, mask: Int = 7) throws -> ByteBuffer {
        var payload = ByteBuffer()
        var configuration = Masking.Configuration()
        configuration.mask = mask
        try Masking(configuration).compress(builder.payload, level: nil, into: &payload)
        return builder.build(payload: payload, compression: .custom5)
    }

    private func alter(
        _ client: TestClient, _ configs: [(String, String?)]
    ) async throws -> IncrementalAlterConfigsResponse.AlterConfigsResourceResponse {
        let response = try await client.call(
            IncrementalAlterConfigsRequest(resources: [
                .init(
                    resourceType: 2, resourceName: "t",
                    configs: configs.map { .init(name: $0.0, configOperation: $0.1 == nil ? 1 : 0, value: $0.1) })
            ]), version: 1)
        return try #require(response.responses.first)
    }

    @Test func `a topic takes a custom codec once it has opted in`() async throws {
        let broker = try await brokers.start()
        let client = try await TestClient(broker)
        try await client.create("t")
        let bytes = try masked(producerBatch(3))
        let refused = try await client.produce(bytes, to: "t")
        #expect(refused.errorCode == .unsupportedCompressionType)
        #expect(refused.errorMessage?.contains("Set compression.custom=masking on the topic") == true)
        var unknown = try RecordBatch(producerBatch(1).build()).header
        unknown.attributes = unknown.attributes.with(compression: .custom6)
        let nobodys = RecordBatchBuilder.assemble(header: unknown, payload: producerBatch(1).payload)
        #expect(try await client.produce(nobodys, to: "t").errorCode == .unsupportedCompressionType)

        #expect(try await alter(client, [("compression.custom", "masking")]).errorCode == .none)
        #expect(try await client.produce(bytes, to: "t").errorCode == .none)
        #expect(try await client.produce(nobodys, to: "t").errorCode == .unsupportedCompressionType)
        let fetched = try #require(try await client.fetch("t", offset: 0).records?.buffer)
        #expect(try RecordBatch(fetched).payload == RecordBatch(bytes).payload, "it is stored as it came")

        // What is stored stays readable when the topic takes no more of it: the offset of a time, for example.
        #expect(try await alter(client, [("compression.custom", nil)]).errorCode == .none)
        #expect(try await client.produce(bytes, to: "t").errorCode == .unsupportedCompressionType)
        let found = try await client.call(
            ListOffsetsRequest(
                replicaID: -1,
                topics: [.init(name: "t", partitions: [.init(partitionIndex: 0, timestamp: 1001)])]), version: 6)
        #expect(found.topics.first?.partitions.first?.offset == 1)
        await broker.stop()
    }

    @Test func `a custom codec that does not come back holds up its topic and no other`() async throws {
        struct Stuck: CompressionCodec {
            let gate: Gate
            var type: CompressionType { .custom5 }
            var levels: CompressionLevels? { nil }
            func compress(_ bytes: ByteBuffer, level: Int?, into output: inout ByteBuffer) throws(CodecError) {
                output.writeImmutableBuffer(bytes)
            }
            func decompress(_ bytes: ByteBuffer, limit: Int, into output: inout ByteBuffer) throws(CodecError) {
                gate.wait()
                output.writeImmutableBuffer(bytes)
            }
        }
        let gate = Gate()
        // There is one network thread.
        let broker = try await TestBroker(
            composition: try PluginSet {
                DefaultPlugins()
                Use(
                    PluginRegistration(.codec, name: "stuck", summary: "Stuck.", typeName: "Stuck") { _ in
                        Stuck(gate: gate)
                    })
            }
        ).start()
        let (client, other) = (try await TestClient(broker), try await TestClient(broker))
        try await client.create("t", configs: [("compression.custom", "stuck")])
        try await client.create("free")
        let builder = producerBatch(3)
        let bytes = builder.build(payload: builder.payload, compression: .custom5)
        let sent = try await client.send(TestClient.produceRequest(bytes, "t", acks: -1), version: 12)
        #expect(try await other.produce(producerBatch(1).build(), to: "free").errorCode == .none)
        gate.open()
        let answer = try await client.receive(ProduceResponse.self, version: 12, id: sent)
        #expect(answer.responses.first?.partitionResponses.first?.errorCode == ErrorCode.none)
        await broker.stop()
    }

    @Test func `damage inside a custom codec's batch is refused`() async throws {
        let broker = try await brokers.start()
        let client = try await TestClient(broker)
        try await client.create("t", configs: [("compression.custom", "masking")])
        let nothing = producerBatch(1).build(payload: ByteBuffer(), compression: .custom5)
        #expect(try await client.produce(nothing, to: "t").errorCode == .corruptMessage)
        await broker.stop()
    }

    @Test func `compression.type recompresses with the topic's own options`() async throws {
        let broker = try await brokers.start()
        let client = try await TestClient(broker)
        try await client.create("t")
        let alone = try await alter(client, [("compression.type", "masking")])
        #expect(alone.errorCode == .invalidConfig)
        #expect(alone.errorMessage?.contains("compression.type=masking needs compression.custom=masking too") == true)
        let early = try await alter(client, [("compression.masking.mask", "9")])
        #expect(early.errorCode == .invalidConfig)
        #expect(early.errorMessage?.contains("Set compression.custom=masking too") == true)
        #expect(
            try await alter(
                client,
                [("compression.type", "masking"), ("compression.custom", "masking"), ("compression.masking.mask", "9")]
            ).errorCode == .none)
        for bytes in [producerBatch(2).build(), try producerBatch(2).build(.zstd), try masked(producerBatch(2))] {
            #expect(try await client.produce(bytes, to: "t").errorCode == .none)
        }
        #expect(try await alter(client, [("compression.masking.mask", "33")]).errorCode == .none)
        #expect(try await client.produce(producerBatch(2).build(), to: "t").errorCode == .none)
        var batches = RecordBatchSequence(try #require(try await client.fetch("t", offset: 0).records?.buffer))
        var masks: [UInt8] = []
        while let batch = try batches.next() {
            #expect(batch.header.attributes.compression == .custom5)
            masks.append(try #require(batch.payload.readableBytesView.first))
        }
        // The third came in that codec already, and with its sender's options.
        #expect(masks == [9, 9, 7, 33])

        let out = try await alter(client, [("compression.custom", nil)])
        #expect(out.errorCode == .invalidConfig, "compression.type still needs it")
        #expect(try await alter(client, [("compression.masking.mask", "0")]).errorCode == .invalidConfig)
        #expect(try await alter(client, [("compression.custom", "masking,lzma")]).errorCode == .invalidConfig)
        await broker.stop()
    }

    @Test func `compaction rewrites batches of a custom codec`() async throws {
        let broker = try await brokers.start()
        let client = try await TestClient(broker)
        try await client.create(
            "t",
            configs: [
                ("segment.bytes", "1048576"), ("cleanup.policy", "compact"), ("min.cleanable.dirty.ratio", "0"),
                ("compression.custom", "masking"),
            ])
        for round in 0..<4 {
            var builder = RecordBatchBuilder()
            builder.append(timestamp: 5, key: ByteBuffer(string: "k"), value: ByteBuffer(string: "\(round)"))
            builder.append(
                timestamp: 5, key: ByteBuffer(string: "\(round)"), value: ByteBuffer(repeating: 0x78, count: 700_000))
            #expect(try await client.produce(try masked(builder), to: "t").errorCode == .none)
        }
        await broker.applyRetention()
        var batches = RecordBatchSequence(try #require(try await client.fetch("t", offset: 0).records?.buffer))
        let batch = try #require(try batches.next())
        #expect(batch.header.attributes.compression == .custom5)
        try batch.validateChecksum()
        var payload = ByteBuffer()
        try Masking(.init()).decompress(batch.payload, limit: 1 << 20, into: &payload)
        var records = batch.records(from: payload)
        #expect(try records.collect().map { $0.key.map { String(buffer: $0) } } == ["0"], "the older k is gone")
        await broker.stop()
    }

    @Test func `admin clients see which custom codecs a topic takes`() async throws {
        let broker = try await brokers.start(["compression.custom": "masking"])
        let client = try await TestClient(broker)
        try await client.create("t", configs: [("compression.type", "masking")])
        let response = try await client.call(
            DescribeConfigsRequest(
                resources: [
                    .init(
                        resourceType: 2, resourceName: "t",
                        configurationKeys: ["compression.custom", "compression.masking.mask"])
                ], includeDocumentation: true), version: 4)
        let configs = try #require(response.results.first).configs
        #expect(configs.map(\.value) == ["masking", "1"])
        #expect(configs.map(\.configSource) == [4, 5], "the broker's file, and the default")
        #expect(configs.first?.documentation?.contains("Makes nothing smaller.") == true)
        #expect(try await client.produce(try masked(producerBatch(1)), to: "t").errorCode == .none)
        await broker.stop()
    }

    @Test func `a client that has the codec writes and reads, one that has not says what it lacks`() async throws {
        let broker = try await brokers.start()
        // The producer sends what its codec makes larger as it is; the topic's codec stores it.
        try await TestClient(broker).create(
            "t", configs: [("compression.custom", "masking"), ("compression.type", "masking")])
        let servers = "127.0.0.1:\(try #require(broker.listeners.first).port)"
        let cluster = Cluster(try ClientConfiguration(bootstrapServers: servers))
        let producer = try Producer(cluster: cluster, partitioner: KeyHashPartitioner(), codec: Masking(.init()))
        _ = try await producer.send(ProducerRecord(topic: "t", key: "k", value: "v"))
        await producer.close()

        func read(_ codecs: [any CompressionCodec]) async throws -> [String] {
            let consumer = Consumer(cluster: cluster, codecs: codecs)
            await consumer.assign([TopicPartition(topic: "t", partition: 0)])
            try await consumer.seek(TopicPartition(topic: "t", partition: 0), to: .beginning)
            do {
                var values: [String] = []
                for _ in 0..<10 where values.isEmpty {
                    values = try await consumer.poll(timeoutMilliseconds: 5_000).map {
                        String(buffer: $0.value ?? ByteBuffer())
                    }
                }
                await consumer.close()
                return values
            } catch {
                await consumer.close()
                throw error
            }
        }
        #expect(try await read(BuiltInCodecs.all + [Masking(.init())]) == ["v"])
        let error = await #expect(throws: ClientError.self) { _ = try await read(BuiltInCodecs.all) }
        #expect(error.map { "\($0)" }?.contains("compressed by custom-5") == true, "\(error.map { "\($0)" } ?? "")")
        await cluster.close()
        await broker.stop()
    }

    @Test func `codecs that cannot be together keep the broker from starting, and both are named`() throws {
        func problem(@PluginBuilder _ more: () -> [any PluginComponent]) throws -> String? {
            let plugins = try PluginSet(edits: [DefaultPlugins().edits, more().flatMap(\.edits)].flatMap { $0 })
            let error = #expect(throws: BrokerStartError.self) {
                try BrokerPlugins(BrokerConfig(layers: [], plugins: plugins))
            }
            return error?.description
        }
        let twice = try #require(
            try problem {
                Use(Masking.self)
                Use(Rival.self)
            })
        for part in ["'rival'", "Rival", "'masking'", "Masking", "number 5"] { #expect(twice.contains(part)) }
        let misnamed = try problem { Use(GzipCodec.self, as: "deflate") }
        #expect(misnamed?.contains("number 1") == true)
        let stolen = try problem { Replace(ZstdCodec.self, with: Masking.self) }
        #expect(stolen?.contains("a name that is Kafka's") == true, "\(stolen ?? "")")
    }
}
