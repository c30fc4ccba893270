import Foundation

/// A Swift file of the package, line by line.
struct SourceFile: Sendable {
    /// Relative to the package.
    let path: String
    let lines: [String]
    /// The lines that hold code, by their index, without comments.
    let code: [(index: Int, text: String)]

    init(path: String, lines: [String]) {
        self.path = path
        self.lines = lines
        code = lines.enumerated().compactMap { index, line in
            let text = line.firstRange(of: "//").map { String(line[..<$0.lowerBound]) } ?? line
            return text.allSatisfy(\.isWhitespace) ? nil : (index, text)
        }
    }

    /// The package's own directory.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The Swift files below a folder of the package, sorted by path.
    static func all(below folder: String) throws -> [SourceFile] {
        let base = root.appending(path: folder)
        guard let paths = FileManager.default.enumerator(atPath: base.path) else { return [] }
        return try paths.compactMap { $0 as? String }
            .filter { $0.hasSuffix(".swift") && !"/\($0)".contains("/.build/") }.sorted()
            .map { path in
                let text = try String(contentsOf: base.appending(path: path), encoding: .utf8)
                return SourceFile(
                    path: "\(folder)/\(path)",
                    lines: text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
            }
    }

    /// What a generator writes.
    var isGenerated: Bool { path.hasPrefix("Sources/BrokerFramework/Wire/Messages/") || isText }

    /// Whether it holds the text of other files, and nothing else.
    private var isText: Bool { path.hasPrefix("Sources/BrokerFramework/Admin/New/Templates/") }

    /// The module the file belongs to, as the folder that names it: `Runtime`, or `Plugins/Codecs/Gzip`.
    var module: String {
        let parts = path.split(separator: "/").map(String.init)
        guard parts.count > 2 else { return path }
        switch parts[1] {
        case "BrokerFramework": return parts[2]
        case "Plugins": return parts[1...min(3, parts.count - 2)].joined(separator: "/")
        default: return parts[1]
        }
    }

    /// The modules the file imports.
    var imports: Set<String> {
        if isText { return [] }
        return Set(
            lines.compactMap { line in
                let words = line.split(separator: " ").map(String.init)
                guard let position = words.firstIndex(of: "import"), position + 1 < words.count,
                    words[..<position].allSatisfy({ Self.importModifiers.contains($0) || $0.hasPrefix("@") })
                else { return nil }
                let kinds: Set<String> = ["struct", "class", "enum", "protocol", "func", "let", "var", "typealias"]
                let name = kinds.contains(words[position + 1]) ? words.last : words[position + 1]
                return name?.split(separator: ".").first.map(String.init)
            })
    }

    private static let importModifiers: Set<String> = ["public", "package", "internal", "fileprivate", "private"]

    /// Whether a comment stands on a line, or right above the declaration that the line belongs to.
    func isExplained(at index: Int) -> Bool {
        if lines[index].contains("//") { return true }
        var above = index - 1
        while above >= 0, lines[above].trimmingCharacters(in: .whitespaces).hasPrefix("@") { above -= 1 }
        return above >= 0 && lines[above].trimmingCharacters(in: .whitespaces).hasPrefix("//")
    }
}
