#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Why a file could not be read, to stand behind "Cannot read PATH".
struct UnreadableFile: Error, Hashable, CustomStringConvertible {
    var reason: String

    var description: String { reason }

    fileprivate static var lastError: UnreadableFile {
        UnreadableFile(reason: strerror(errno).map { String(cString: $0) } ?? "error \(errno)")
    }
}

/// Reads small files.
enum TextFile {
    /// The file's bytes, whatever they are.
    static func bytes(_ path: String) throws(UnreadableFile) -> [UInt8] {
        guard let file = fopen(path, "r") else { throw .lastError }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        guard ferror(file) == 0 else { throw .lastError }
        return bytes
    }

    /// The file's text.
    static func text(_ path: String) throws(UnreadableFile) -> String {
        guard let text = String(validating: try bytes(path), as: UTF8.self) else {
            throw UnreadableFile(reason: "it is not UTF-8")
        }
        return text
    }

    /// The file's text; nil if it cannot be read.
    static func read(_ path: String) -> String? { try? text(path) }

    /// The lines of some bytes that are not empty: what stands before each line feed, without a carriage return before it.
    ///
    /// Bytes, because Swift takes a carriage return and a line feed for one character, which is no line feed.
    static func lines(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        bytes.split(separator: UInt8(ascii: "\n")).map { $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0 }
            .filter { !$0.isEmpty }
    }
}
