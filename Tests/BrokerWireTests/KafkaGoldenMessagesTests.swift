import BrokerWire
import Foundation
import NIOCore
import Testing

/// Messages in the bytes that Apache Kafka 4.3.1 writes; see `Tests/Fixtures/Wire/README.md`.
struct KafkaGoldenMessagesTests {
    private struct Golden: Decodable {
        var name: String
        var version: Int16
        var variant: String
        var hex: String
    }

    private static let types = Dictionary(uniqueKeysWithValues: WireRegistry.messages.map { ($0.messageName, $0) })

    /// The first is kept as JSON in a file, the second is a part of what is `ControlRecordKey` here.
    private static let notMessages: Set<String> = ["QuorumStateData", "ControlRecordTypeSchema"]

    private static func read(_ file: String) throws -> [Golden] {
        let url = Support.packageRoot.appendingPathComponent("Tests/Fixtures/Wire/\(file).jsonl")
        let decoder = JSONDecoder()
        return try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map {
            try decoder.decode(Golden.self, from: Data($0.utf8))
        }
    }

    @Test(arguments: ["protocol", "metadata", "raft", "group", "transaction", "share"])
    func `what Kafka writes is read whole and written back to the byte`(file: String) throws {
        var count = 0
        for golden in try Self.read(file) where !Self.notMessages.contains(golden.name) {
            let name = "\(golden.name) v\(golden.version) \(golden.variant)"
            guard let type = Self.types[golden.name] else {
                Issue.record("there is no message \(name)")
                continue
            }
            do {
                let again = try Self.roundTrip(type, ByteBuffer(hex: golden.hex), version: golden.version)
                #expect(again.hex == golden.hex, "\(name)")
            } catch { Issue.record("\(name): \(error)") }
            count += 1
        }
        #expect(count > 0 || file == "raft")
    }

    private static func roundTrip<Message: WireMessage>(
        _ type: Message.Type, _ bytes: ByteBuffer, version: Int16
    ) throws(WireError) -> ByteBuffer {
        try type.decode(bytes, version: version).encode(version: version)
    }
}
