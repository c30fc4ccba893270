/// A 128-bit identifier as Kafka spells it: 16 bytes on the wire, 22 characters of URL-safe base64 in text.
///
/// Topic ids, directory ids and incarnation ids are all of this kind. The all-zero value means "none".
public struct KafkaUUID: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// All bits zero: "no id".
    public static let zero = KafkaUUID(high: 0, low: 0)
    /// The topic id of `__cluster_metadata`, and the directory id "lost" (KIP-858): both are 0…1.
    public static let one = KafkaUUID(high: 0, low: 1)

    /// Makes a random id (version 4, variant 2 of RFC 9562) that is not one of Kafka's reserved ones and does not
    /// begin with `-` in text, so that it can stand in a command line.
    public static func random(using generator: inout some RandomNumberGenerator) -> KafkaUUID {
        while true {
            let high = generator.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
            let low = generator.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
            let id = KafkaUUID(high: high, low: low)
            if !id.description.hasPrefix("-") { return id }
        }
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// Reads 22 characters of URL-safe base64; nil for anything else.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 22 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        // 22 characters carry 132 bits, of which the last four are padding and must be zero.
        for (position, character) in text.utf8.enumerated() {
            guard let value = Self.value(of: character) else { return nil }
            if position == 21 {
                guard value & 0xF == 0 else { return nil }
                high = high << 2 | low >> 62
                low = low << 2 | UInt64(value >> 4)
            } else {
                high = high << 6 | low >> 58
                low = low << 6 | UInt64(value)
            }
        }
        self.init(high: high, low: low)
    }

    private static func value(of character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }

    public var description: String {
        var characters: [UInt8] = []
        characters.reserveCapacity(22)
        for position in 0..<21 {
            let shift = 122 - position * 6
            let value: UInt64 =
                if shift >= 64 { high >> UInt64(shift - 64) } else if shift + 6 <= 64 { low >> UInt64(shift) } else {
                    high << UInt64(64 - shift) | low >> UInt64(shift)
                }
            characters.append(Self.alphabet[Int(value & 63)])
        }
        characters.append(Self.alphabet[Int(low & 3) << 4])
        return String(decoding: characters, as: UTF8.self)
    }

    /// The 36 characters of RFC 9562, as in the ids of group members.
    public var hyphenated: String {
        var characters: [UInt8] = []
        characters.reserveCapacity(36)
        for position in 0..<32 {
            if [8, 12, 16, 20].contains(position) { characters.append(UInt8(ascii: "-")) }
            let half = position < 16 ? high : low
            characters.append(Self.hexDigits[Int(half >> UInt64(60 - position % 16 * 4) & 0xF)])
        }
        return String(decoding: characters, as: UTF8.self)
    }

    private static let hexDigits = Array("0123456789abcdef".utf8)

    public static func < (left: KafkaUUID, right: KafkaUUID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}
