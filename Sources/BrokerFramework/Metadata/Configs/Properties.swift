/// The text form of a configuration: Java's `.properties`.
public enum Properties {
    /// Reads `key=value` lines; `#` and `!` begin comments, `\` at a line's end continues it, `\n`, `\t`, `\uXXXX` and
    /// `\` before any other character are escapes. A key given twice keeps its last value.
    public static func parse(_ text: some StringProtocol) -> [String: String] {
        var result: [String: String] = [:]
        for line in logicalLines(of: text) {
            let (key, value) = split(line)
            result[key] = value
        }
        return result
    }

    /// Works on scalars, since a combining mark behind a separator is still a character of its own.
    private static func logicalLines(of text: some StringProtocol) -> [[Unicode.Scalar]] {
        var lines: [[Unicode.Scalar]] = []
        var continued: [Unicode.Scalar]?
        for raw in naturalLines(of: text) {
            var line = Array(raw.drop(while: isBlank))
            if continued == nil, line.isEmpty || line[0] == "#" || line[0] == "!" { continue }
            let backslashes = line.reversed().prefix { $0 == "\\" }.count
            let continues = backslashes % 2 == 1
            if continues { line.removeLast() }
            line = (continued ?? []) + line
            continued = continues ? line : nil
            if !continues { lines.append(line) }
        }
        if let continued { lines.append(continued) }
        return lines
    }

    /// Lines end with a line feed, a carriage return, or both.
    private static func naturalLines(of text: some StringProtocol) -> [[Unicode.Scalar]] {
        var lines: [[Unicode.Scalar]] = [[]]
        var previous: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            if scalar == "\r" || scalar == "\n" && previous != "\r" {
                lines.append([])
            } else if scalar != "\n" {
                lines[lines.count - 1].append(scalar)
            }
            previous = scalar
        }
        return lines
    }

    private static func split(_ line: [Unicode.Scalar]) -> (String, String) {
        var end = 0
        while end < line.count, !isSeparator(line[end]) { end += line[end] == "\\" ? 2 : 1 }
        end = min(end, line.count)
        var start = end
        while start < line.count, isBlank(line[start]) { start += 1 }
        if start < line.count, line[start] == "=" || line[start] == ":" { start += 1 }
        while start < line.count, isBlank(line[start]) { start += 1 }
        return (unescape(line[..<end]), unescape(line[start...]))
    }

    private static func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "=" || scalar == ":" || isBlank(scalar)
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\t" || scalar == "\u{0C}"
    }

    private static func unescape(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        // UTF-16, since an escape may be one half of a surrogate pair.
        var result: [UInt16] = []
        var rest = scalars
        while let scalar = rest.popFirst() {
            guard scalar == "\\", let escaped = rest.popFirst() else {
                result += Array(String(scalar).utf16)
                continue
            }
            switch escaped {
            case "n": result.append(0x0A)
            case "t": result.append(0x09)
            case "r": result.append(0x0D)
            case "f": result.append(0x0C)
            case "u":
                let digits = rest.prefix(4).compactMap(hexDigit)
                guard digits.count == 4 else { continue }
                result.append(digits.reduce(0) { $0 << 4 | $1 })
                rest = rest.dropFirst(4)
            default: result += Array(String(escaped).utf16)
            }
        }
        return String(decoding: result, as: UTF16.self)
    }

    private static func hexDigit(_ scalar: Unicode.Scalar) -> UInt16? {
        scalar.isASCII ? Character(scalar).hexDigitValue.map { UInt16($0) } : nil
    }
}
