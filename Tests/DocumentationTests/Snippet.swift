/// Code that a page shows and a file holds: all of the file, or one declaration.
struct Snippet {
    let path: String
    /// What the declaration's first line begins with; nil for the whole file.
    let declaration: String?

    /// - Parameter marker: `snippet: path`, or `snippet: path | declaration`.
    init?(_ marker: String?) {
        guard let marker, marker.hasPrefix("snippet: ") else { return nil }
        let parts = marker.dropFirst("snippet: ".count).split(separator: " | ", maxSplits: 1)
        guard let path = parts.first else { return nil }
        self.path = String(path)
        declaration = parts.count > 1 ? String(parts[1]) : nil
    }

    /// The lines that a page must show of a file's text; nil if it has no such declaration.
    func lines(of text: String) -> [String]? {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        while lines.last == "" { lines.removeLast() }
        guard let declaration else { return lines }
        guard let start = lines.firstIndex(where: { $0.drop { $0 == " " }.hasPrefix(declaration) }) else { return nil }
        let indent = String(lines[start].prefix { $0 == " " })
        let end = lines[start].hasSuffix("}") ? start : lines[start...].firstIndex { $0.hasPrefix(indent + "}") }
        guard let end else { return nil }
        return lines[start...end].map { String($0.dropFirst(indent.count)) }
    }
}
