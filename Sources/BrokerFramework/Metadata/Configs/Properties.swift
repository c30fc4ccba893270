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

    private static func logicalLines(of text: some StringProtocol) -> [[Character]] {
        var lines: [[Character]] = []
        var continued: [Character]?
        for raw in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            var line = Array(raw.drop(while: \.isWhitespace))
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

    private static func split(_ line: [Character]) -> (String, String) {
        var end = 0
        while end < line.count, !isSeparator(line[end]) { end += line[end] == "\\" ? 2 : 1 }
        end = min(end, line.count)
        var start = end
        while start < line.count, line[start].isWhitespace { start += 1 }
        if start < line.count, line[start] == "=" || line[start] == ":" { start += 1 }
        while start < line.count, line[start].isWhitespace { start += 1 }
        return (unescape(line[..<end]), unescape(line[start...]))
    }

    private static func isSeparator(_ character: Character) -> Bool {
        character == "=" || character == ":" || character.isWhitespace
    }

    private static func unescape(_ characters: ArraySlice<Character>) -> String {
        var result = ""
        var rest = characters
        while let character = rest.popFirst() {
            guard character == "\\", let escaped = rest.popFirst() else {
                result.append(character)
                continue
            }
            switch escaped {
            case "n": result.append("\n")
            case "t": result.append("\t")
            case "r": result.append("\r")
            case "f": result.append("\u{0C}")
            case "u":
                let digits = rest.prefix(4)
                if digits.count == 4, let code = UInt32(String(digits), radix: 16), let scalar = Unicode.Scalar(code) {
                    result.unicodeScalars.append(scalar)
                    rest = rest.dropFirst(4)
                }
            default: result.append(escaped)
            }
        }
        return result
    }
}
