import BrokerWire
import Foundation
import NIOCore
import Testing

/// Requests that real clients sent, recorded on loopback; each file names the client and its version.
@Suite struct CaptureTests {
    private static func frames(_ name: String) throws -> [ByteBuffer] {
        let folder = try #require(Bundle.module.resourceURL).appendingPathComponent("Captures", isDirectory: true)
        let text = try String(contentsOf: folder.appendingPathComponent(name + ".hex"), encoding: .utf8)
        return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { ByteBuffer(hex: String($0)) }
    }

    private static let types: [APIKey: any WireRequest.Type] = Dictionary(
        uniqueKeysWithValues: WireRegistry.messages.compactMap { $0 as? any WireRequest.Type }.map { ($0.apiKey, $0) })

    private func reencoded<Request: WireRequest>(
        _ type: Request.Type, _ body: ByteBuffer, _ header: RequestHeader
    ) throws -> ByteBuffer {
        let request = try type.decode(body, version: header.version)
        var frame = try FrameEncoder.request(
            request, version: header.version, correlationID: header.correlationID, clientID: header.clientID,
            spliceThreshold: .max
        ).bytes
        frame.moveReaderIndex(forwardBy: 4)
        return frame.slice()
    }

    @Test(arguments: ["kcat", "confluent-kafka-python", "kafka-python", "aiokafka"])
    func `what a client sends is read and written back unchanged`(client: String) throws {
        let frames = try Self.frames(client)
        #expect(frames.count >= 5)
        for frame in frames {
            var body = frame
            guard case .supported(let key, let header) = try RequestPreamble.decode(consuming: &body) else {
                Issue.record("\(client) sends something unsupported: \(frame.hex)")
                continue
            }
            let type = try #require(Self.types[key])
            let again = try reencoded(type, body, header)
            #expect(again == frame, "\(client): \(key.name) v\(header.version) \(frame.hex) became \(again.hex)")
        }
    }

    @Test func `a consumer's subscription is read from its JoinGroup request`() throws {
        for client in ["kcat", "confluent-kafka-python", "kafka-python", "aiokafka"] {
            for frame in try Self.frames(client) {
                var body = frame
                guard case .supported(.joinGroup, let header) = try RequestPreamble.decode(consuming: &body) else {
                    continue
                }
                let request = try JoinGroupRequest.decode(body, version: header.version)
                #expect(request.protocolType == ConsumerProtocol.protocolType)
                for offered in request.protocols {
                    #expect(try ConsumerProtocol.decodeSubscription(offered.metadata).topics == ["topic-a"])
                }
            }
        }
    }
}
