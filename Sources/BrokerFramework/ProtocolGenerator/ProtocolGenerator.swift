import Foundation

/// `ProtocolGenerator SCHEMAS OUTPUT` writes the messages; with `--check` it only says which files are stale.
@main
struct ProtocolGenerator {
    static func main() throws {
        var arguments = Array(CommandLine.arguments.dropFirst())
        let checks = arguments.first == "--check"
        if checks { arguments.removeFirst() }
        guard arguments.count == 2 else {
            FileHandle.standardError.write(Data("usage: ProtocolGenerator [--check] SCHEMAS OUTPUT\n".utf8))
            exit(2)
        }
        let output = URL(fileURLWithPath: arguments[1], isDirectory: true)
        let files = try Generator(readingSchemasIn: URL(fileURLWithPath: arguments[0], isDirectory: true)).files()
        var stale = try removed(from: output, keeping: files, checks: checks)
        for (path, text) in files.sorted(by: { $0.key < $1.key }) {
            let url = output.appendingPathComponent(path)
            if let old = try? String(contentsOf: url, encoding: .utf8), old == text { continue }
            stale.append(path)
            if checks { continue }
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: url, atomically: true, encoding: .utf8)
        }
        for path in stale { print(path) }
        if checks, !stale.isEmpty { exit(1) }
    }

    /// Swift files in the output folder that no schema makes any more; deletes them unless `checks`.
    private static func removed(from output: URL, keeping files: [String: String], checks: Bool) throws -> [String] {
        guard FileManager.default.fileExists(atPath: output.path) else { return [] }
        let paths = try FileManager.default.subpathsOfDirectory(atPath: output.path)
        let extra = paths.filter { $0.hasSuffix(".swift") && files[$0] == nil }.sorted()
        if !checks { for path in extra { try FileManager.default.removeItem(at: output.appendingPathComponent(path)) } }
        return extra
    }
}
