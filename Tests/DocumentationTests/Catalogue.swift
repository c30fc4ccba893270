import Foundation

/// The pages of the documentation, as text.
enum Catalogue {
    /// The package's own directory.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let folder = root.appending(path: "Sources/BrokerFramework/Umbrella/BrokerFramework.docc")

    /// All pages, by name.
    static func pages() throws -> [Page] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".md") }
        return try names.sorted().map { name in
            let file = folder.appending(path: name)
            return Page(
                name: String(name.dropLast(3)), file: file, text: try String(contentsOf: file, encoding: .utf8))
        }
    }

    /// Whether this run writes into the pages what they must hold, instead of complaining.
    static let isWriting = ProcessInfo.processInfo.environment["WRITE_DOCS"] != nil

    /// A file of the package.
    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }
}

/// A page: text with blocks of code in it.
struct Page {
    /// What links call it.
    let name: String
    let file: URL
    let lines: [String]

    init(name: String, file: URL, text: String) {
        self.name = name
        self.file = file
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// Code between fences, and the comment on the line before it, which says where the code is from.
    struct Block {
        let language: String
        /// What the comment says; nil if there is none.
        let marker: String?
        /// The lines between the fences, by their index.
        let range: Range<Int>
        let lines: [String]
    }

    var blocks: [Block] {
        var blocks: [Block] = []
        var opened: (language: String, line: Int)?
        for (index, line) in lines.enumerated() where line.hasPrefix("```") {
            guard let (language, start) = opened else {
                opened = (String(line.dropFirst(3)), index)
                continue
            }
            let marker = start > 0 ? Self.comment(lines[start - 1]) : nil
            blocks.append(
                Block(
                    language: language, marker: marker, range: start + 1..<index,
                    lines: Array(lines[start + 1..<index])))
            opened = nil
        }
        return blocks
    }

    /// The parts that a test generates: between two comments that say so.
    func generated(_ name: String) -> Range<Int>? {
        guard let start = lines.firstIndex(of: "<!-- generated: \(name) -->"),
            let end = lines[start...].firstIndex(of: "<!-- end of what is generated -->")
        else { return nil }
        return start + 1..<end
    }

    /// The lines that are no code.
    var prose: [String] {
        let code = blocks.map { $0.range }
        return lines.indices.filter { index in !code.contains { $0.contains(index) } }.map { lines[$0] }
    }

    private static func comment(_ line: String) -> String? {
        guard line.hasPrefix("<!-- "), line.hasSuffix(" -->") else { return nil }
        return String(line.dropFirst(5).dropLast(4))
    }

    /// Puts other lines in the place of some, in the file.
    ///
    /// - Parameter changes: do not overlap.
    func write(_ changes: [(range: Range<Int>, lines: [String])]) throws {
        var lines = lines
        for change in changes.sorted(by: { $0.range.lowerBound > $1.range.lowerBound }) {
            lines.replaceSubrange(change.range, with: change.lines)
        }
        try lines.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
    }
}
