import BrokerWire
import Foundation
import NIOCore
import ProtocolGenerator

enum Support {
    static let packageRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func generator() throws -> Generator {
        try Generator(readingSchemasIn: packageRoot.appendingPathComponent("Protocol", isDirectory: true))
    }

    /// Every message with its generated type.
    static func messages() throws -> [(message: Message, type: any WireMessage.Type)] {
        let types = Dictionary(uniqueKeysWithValues: WireRegistry.messages.map { ($0.messageName, $0) })
        return try generator().schemas.flatMap(\.messages).compactMap { message in
            types[message.name].map { (message, $0) }
        }
    }

    static func versions(_ message: Message) -> ClosedRange<Int16> { message.versions.first...message.versions.last }
}

extension ByteBuffer {
    var hex: String { readableBytesView.map { String($0, radix: 16).leftPadded }.joined() }

    /// Bytes written as hexadecimal digits; everything else is ignored.
    init(hex: String) {
        let digits = hex.compactMap(\.hexDigitValue)
        self.init(bytes: stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) })
    }
}

extension String {
    fileprivate var leftPadded: String { count < 2 ? "0" + self : self }
}

extension WireMessage {
    /// Reads, writes, and says whether the bytes are the same and the value too.
    static func repeats(_ bytes: ByteBuffer, version: Int16) throws -> Bool {
        let first = try decode(bytes, version: version)
        let again = try first.encode(version: version)
        return try again == bytes && decode(again, version: version) == first
    }

    /// Reads bytes that may be broken; what can be read must have one encoding from then on.
    static func isStable(_ bytes: ByteBuffer, version: Int16) -> Bool {
        guard let first = try? decode(bytes, version: version) else { return true }
        guard let encoded = try? first.encode(version: version),
            let second = try? decode(encoded, version: version),
            let again = try? second.encode(version: version)
        else { return false }
        return again == encoded
    }
}
