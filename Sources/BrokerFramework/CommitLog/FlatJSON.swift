internal import NIOCore

/// The little JSON that a log directory's files use: one object of numbers, strings and nulls; anything nested is
/// stepped over.
struct FlatJSON {
    private(set) var numbers: [String: Int64] = [:]
    private(set) var strings: [String: String] = [:]

    /// Nil if `bytes` hold no JSON object.
    init?(_ bytes: ByteBuffer) {
        var parser = Parser(bytes: Array(bytes.readableBytesView))
        guard parser.take(UInt8(ascii: "{")) else { return nil }
        if parser.take(UInt8(ascii: "}")) { return }
        while true {
            guard let key = parser.string(), parser.take(UInt8(ascii: ":")) else { return nil }
            if let number = parser.number() {
                numbers[key] = number
            } else if let text = parser.string() {
                strings[key] = text
            } else if !parser.skipValue(depth: 0) {
                return nil
            }
            if parser.take(UInt8(ascii: ",")) { continue }
            guard parser.take(UInt8(ascii: "}")) else { return nil }
            return
        }
    }

    /// A string as a JSON literal.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    private struct Parser {
        let bytes: [UInt8]
        var position = 0

        var next: UInt8? { position < bytes.count ? bytes[position] : nil }

        mutating func skipSpace() {
            while let byte = next, byte == 32 || byte == 9 || byte == 10 || byte == 13 { position += 1 }
        }

        mutating func take(_ byte: UInt8) -> Bool {
            skipSpace()
            guard next == byte else { return false }
            position += 1
            return true
        }

        mutating func number() -> Int64? {
            skipSpace()
            let start = position
            var end = position
            while end < bytes.count, bytes[end] == UInt8(ascii: "-") || (48...57).contains(bytes[end]) { end += 1 }
            guard end > start, let value = Int64(String(decoding: bytes[start..<end], as: UTF8.self)) else {
                return nil
            }
            position = end
            return value
        }

        /// Escapes of more than one character are kept as they are: no field of ours has them.
        mutating func string() -> String? {
            let start = position
            guard take(UInt8(ascii: "\"")) else { return nil }
            var text: [UInt8] = []
            while let byte = next {
                position += 1
                if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
                if byte == UInt8(ascii: "\\"), let escaped = next {
                    position += 1
                    text.append(escaped)
                } else {
                    text.append(byte)
                }
            }
            position = start
            return nil
        }

        mutating func skipValue(depth: Int) -> Bool {
            guard depth < 32 else { return false }
            skipSpace()
            if string() != nil || number() != nil { return true }
            for (open, close) in [(UInt8(ascii: "{"), UInt8(ascii: "}")), (UInt8(ascii: "["), UInt8(ascii: "]"))]
            where take(open) {
                if take(close) { return true }
                while true {
                    if open == UInt8(ascii: "{") {
                        guard string() != nil, take(UInt8(ascii: ":")) else { return false }
                    }
                    guard skipValue(depth: depth + 1) else { return false }
                    if take(close) { return true }
                    guard take(UInt8(ascii: ",")) else { return false }
                }
            }
            for word in ["null", "true", "false"] where bytes[position...].starts(with: word.utf8) {
                position += word.utf8.count
                return true
            }
            return false
        }
    }
}
