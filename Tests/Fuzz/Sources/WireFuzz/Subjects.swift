import BrokerWire
import NIOCore

/// What there is to read.
enum Subjects {
    private static let bySelector: [UInt16: any WireMessage.Type] = Dictionary(
        WireRegistry.messages.map { (selector(of: $0.messageName), $0) }, uniquingKeysWith: { first, _ in first })

    private static let framed: [@Sendable (ByteBuffer) -> Void] = [
        {
            var rest = $0; _ = try? RequestPreamble.decode(consuming: &rest)
        },
        metadataRecord,
        { _ = try? ConsumerProtocol.decodeSubscription($0) },
        { _ = try? ConsumerProtocol.decodeAssignment($0) },
        { coordinatorRecord(GroupCoordinatorRecord.self, $0) },
        { coordinatorRecord(TransactionCoordinatorRecord.self, $0) },
        { coordinatorRecord(ShareCoordinatorRecord.self, $0) },
    ]

    /// FNV-1a, folded: does not change when messages are added, so that a corpus stays useful.
    static func selector(of name: String) -> UInt16 {
        var hash: UInt32 = 2_166_136_261
        for byte in name.utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        return UInt16(truncatingIfNeeded: hash ^ hash >> 16)
    }

    static func read(_ selector: UInt16, version: UInt8, _ body: ByteBuffer) {
        if let type = bySelector[selector] { return message(type, version, body) }
        let choice = Int(selector) % (framed.count + WireRegistry.messages.count)
        if choice < framed.count { return framed[choice](body) }
        let type = WireRegistry.messages[choice - framed.count]
        message(type, version, body)
    }

    private static func message<Message: WireMessage>(_ type: Message.Type, _ choice: UInt8, _ body: ByteBuffer) {
        let version = type.validVersions.lowerBound + Int16(choice) % Int16(type.validVersions.count)
        guard let first = try? type.decode(body, version: version) else { return }
        do {
            let encoded = try first.encode(version: version)
            let again = try type.decode(encoded, version: version).encode(version: version)
            precondition(again == encoded, "\(type.messageName) v\(version) is not stable")
        } catch {
            fatalError("\(error) after a first success")
        }
    }

    private static func metadataRecord(_ body: ByteBuffer) {
        guard let (record, version) = try? MetadataRecord.decodeFramed(body) else { return }
        do {
            let encoded = try record.encodeFramed(version: version)
            let again = try MetadataRecord.decodeFramed(encoded).record.encodeFramed(version: version)
            precondition(again == encoded, "a metadata record is not stable")
        } catch {
            fatalError("\(error) after a first success")
        }
    }

    /// The first byte is the length of the key; the rest is the value.
    private static func coordinatorRecord<Record: WireCoordinatorRecord>(_ type: Record.Type, _ body: ByteBuffer) {
        var rest = body
        guard let length: UInt8 = rest.readInteger(), let key = rest.readSlice(length: Int(length)) else { return }
        guard let record = try? type.init(key: key, value: rest) else { return }
        guard let encoded = try? record.encodedKey() else { return }
        precondition(encoded == key, "a coordinator key is not stable")
    }
}
