import BrokerModel
import BrokerPluginAPI
import BrokerPrimitives
import BrokerRuntime
import BrokerWire
import Codecs
import DefaultPlugins
import NIOCore
import Testing

/// A codec that cannot do its work: it compresses nothing, and decompresses only what says that it is good.
private struct Tired: CompressionCodec, Plugin {
    static let name = "tired"
    static let summary = "Fails."
    var type: CompressionType { .custom5 }
    var levels: CompressionLevels? { nil }
    init(_ configuration: NoConfiguration) {}

    func compress(_ bytes: ByteBuffer, level: Int?, into output: inout ByteBuffer) throws(CodecError) {
        throw .failed("too tired")
    }

    func decompress(_ bytes: ByteBuffer, limit: Int, into output: inout ByteBuffer) throws(CodecError) {
        if String(buffer: bytes).hasPrefix("garbage") { throw .malformed("garbage") }
        throw .failed("too tired")
    }
}

struct CodecContainmentTests {
    private func broker() async throws -> Broker {
        try await TestBroker(
            composition: try PluginSet {
                DefaultPlugins()
                Use(Tired.self)
            }
        ).start(["http.listener": "127.0.0.1:0"])
    }

    @Test func `where a codec cannot compress, batches stay as they were received`() async throws {
        let broker = try await broker()
        let client = try await TestClient(broker)
        try await client.create("t", configs: [("compression.custom", "tired"), ("compression.type", "tired")])
        for round in 0..<6 {
            for compression in [CompressionType.none, .zstd] {
                let bytes = try producerBatch(3).build(compression)
                #expect(try await client.produce(bytes, to: "t").errorCode == .none, "\(round)")
            }
        }
        let fetched = try await client.fetch("t", offset: 3)
        #expect(try fetched.values.prefix(3) == ["value 0", "value 1", "value 2"])
        #expect(try await get("/readyz", of: broker).contains("'tired' fails (too tired): batches stay as"))
        await broker.stop()
    }

    @Test func `what a codec fails to read may be sent again; what is damaged may not`() async throws {
        let broker = try await broker()
        let client = try await TestClient(broker)
        try await client.create("t", configs: [("compression.custom", "tired")])
        func produce(_ payload: String) async throws -> ErrorCode {
            let bytes = producerBatch(1).build(payload: ByteBuffer(string: payload), compression: .custom5)
            return try await client.produce(bytes, to: "t").errorCode
        }
        for _ in 0..<10 { #expect(try await produce("garbage") == .corruptMessage) }
        #expect(try await get("/readyz", of: broker).contains(#""status":"ok""#), "damage is not the codec's fault")
        for _ in 0..<5 { #expect(try await produce("x") == .requestTimedOut) }
        #expect(try await produce("garbage") == .requestTimedOut, "it is not asked any more")
        #expect(try await client.produce(producerBatch(1).build(.lz4), to: "t").errorCode == .none)
        await broker.stop()
    }
}
