import Authorizers
import BrokerMetadata
import BrokerModel
import BrokerPluginAPI
import BrokerPrimitives
import BrokerRuntime
import BrokerTestKit
import BrokerWire
import BrokerWorld
import Codecs
import DefaultPlugins
import Logging
import MemoryStorage
import NIOCore
import Testing

/// Brokers in this process, whose storage outlives them.
struct TestBroker {
    var storage: any StorageBackend = MemoryStorageBackend()
    var authorizer: any Authorizer = AllowAll()
    /// Beside the built-in ones.
    var plugins: [any PluginComponent] = []
    /// Nil for the built-in plug-ins and `plugins`, with `authorizer` and all of it in `storage`.
    var composition: PluginSet?
    var policies = BrokerPolicies()

    func start(
        _ settings: [String: String] = [:], isEphemeral: Bool = false, world: World = .system
    ) async throws -> Broker {
        let own = [
            "listeners": "PLAINTEXT://127.0.0.1:0", "num.network.threads": "1", "background.threads": "1",
            "log.dirs": "memory", "http.listener": "off",
        ]
        let set = try PluginSet(edits: DefaultPlugins().edits + plugins.flatMap(\.edits))
        let config = try BrokerConfig(layers: [own, settings], plugins: composition ?? set)
        var plugins = BrokerPlugins(
            codecs: BuiltInCodecs.all, authorizer: authorizer, storage: { [storage] _ throws(StorageError) in storage },
            ephemeralStorage: { MemoryStorageBackend() }, policies: policies)
        if composition != nil {
            let own = plugins
            plugins = try BrokerPlugins(config)
            (plugins.storage, plugins.ephemeralStorage, plugins.policies) =
                (own.storage, own.ephemeralStorage, own.policies)
        }
        return try await Broker.start(
            config: config, plugins: plugins,
            isEphemeral: isEphemeral, formatsEmptyDirectories: true, world: world, hooks: BrokerHooks(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }
}

/// What the broker answers to operators at `path`, with the head.
func get(_ path: String, of broker: Broker) async throws -> String {
    let port = try #require(broker.httpListener).port
    let request = "GET \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    let connection = try await RawConnection.open(port: port, sending: ByteBuffer(string: request))
    var answer = ByteBuffer()
    while var byte = await connection.receive(1) { answer.writeBuffer(&byte) }
    return String(buffer: answer)
}

/// Speaks the protocol over a raw connection, one request at a time or several ahead.
final class TestClient {
    private let connection: RawConnection
    private var nextCorrelationID: Int32 = 0

    init(_ broker: Broker) async throws {
        connection = try await RawConnection.open(port: try #require(broker.listeners.first).port)
    }

    /// Sends a request; answers the correlation id to expect.
    @discardableResult
    func send(_ request: some WireRequest, version: Int16) async throws -> Int32 {
        nextCorrelationID += 1
        let encoded = try FrameEncoder.request(
            request, version: version, correlationID: nextCorrelationID, clientID: "test", spliceThreshold: .max)
        try await connection.send(encoded.bytes)
        return nextCorrelationID
    }

    func receive<Response: WireResponse>(_ type: Response.Type, version: Int16, id: Int32) async throws -> Response {
        var frame = try #require(await connection.frame())
        let header = try ResponseHeader.decode(
            consuming: &frame, version: Response.apiKey.responseHeaderVersion(version))
        #expect(header.correlationID == id)
        return try Response.decode(frame, version: version)
    }

    func call<Request: WireRequest>(_ request: Request, version: Int16) async throws -> Request.Response {
        let id = try await send(request, version: version)
        return try await receive(Request.Response.self, version: version, id: id)
    }

    func sendRaw(_ bytes: ByteBuffer) async throws { try await connection.send(bytes) }

    func ends() async -> Bool { await connection.ends() }

    // MARK: What tests need often

    func create(_ topic: String, partitions: Int32 = 1, configs: [(String, String)] = []) async throws {
        let response = try await call(
            CreateTopicsRequest(topics: [
                .init(
                    name: topic, numPartitions: partitions, replicationFactor: 1,
                    configs: configs.map { .init(name: $0.0, value: $0.1) })
            ]), version: 7)
        #expect(response.topics.map(\.errorCode) == [.none])
    }

    func produce(
        _ bytes: ByteBuffer, to topic: String, acks: Int16 = -1
    ) async throws -> ProduceResponse.PartitionProduceResponse {
        let response = try await call(Self.produceRequest(bytes, topic, acks: acks), version: 12)
        return try #require(response.responses.first?.partitionResponses.first)
    }

    /// The sizes of each topic's partitions on the disk.
    func sizes() async throws -> [String: [Int64]] {
        let response = try await call(DescribeLogDirsRequest(topics: nil), version: 5)
        let result = try #require(response.results.first)
        return Dictionary(uniqueKeysWithValues: result.topics.map { ($0.name, $0.partitions.map(\.partitionSize)) })
    }

    func deleteRecords(
        _ topic: String, before offset: Int64
    ) async throws -> DeleteRecordsResponse.DeleteRecordsPartitionResult {
        let response = try await call(
            DeleteRecordsRequest(
                topics: [.init(name: topic, partitions: [.init(partitionIndex: 0, offset: offset)])], timeoutMs: 1000),
            version: 2)
        return try #require(response.topics.first?.partitions.first)
    }

    static func produceRequest(_ bytes: ByteBuffer, _ topic: String, acks: Int16) -> ProduceRequest {
        ProduceRequest(
            acks: acks, timeoutMs: 1000,
            topicData: [.init(name: topic, partitionData: [.init(index: 0, records: .bytes(bytes))])])
    }

    static func fetchRequest(_ topic: String, offset: Int64, maxWait: Int32 = 0, minBytes: Int32 = 1) -> FetchRequest {
        FetchRequest(
            maxWaitMs: maxWait, minBytes: minBytes, maxBytes: 1 << 20,
            topics: [
                .init(topic: topic, partitions: [.init(partition: 0, fetchOffset: offset, partitionMaxBytes: 1 << 20)])
            ])
    }

    func fetch(_ topic: String, offset: Int64) async throws -> FetchResponse.PartitionData {
        let response = try await call(Self.fetchRequest(topic, offset: offset), version: 12)
        return try #require(response.responses.first?.partitions.first)
    }
}

extension FetchResponse.PartitionData {
    /// The values of the records, in order, from batches of any codec.
    var values: [String] {
        get throws {
            var sequence = RecordBatchSequence(records?.buffer ?? ByteBuffer())
            var values: [String] = []
            while let batch = try sequence.next() {
                try batch.validateChecksum()
                var payload = batch.payload
                if let codec = codec(batch.header.attributes.compression) {
                    payload = ByteBuffer()
                    try codec.decompress(batch.payload, limit: 1 << 20, into: &payload)
                }
                var records = batch.records(from: payload)
                while let record = try records.next() { values.append(String(buffer: record.value ?? ByteBuffer())) }
            }
            return values
        }
    }
}
