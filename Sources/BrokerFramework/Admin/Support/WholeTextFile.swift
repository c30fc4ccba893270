#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A file that others wait for: it appears with all of its content, or not at all.
enum WholeTextFile {
    static func write(_ text: String, to path: String) throws(CommandFailure) {
        let draft = "\(path).\(getpid()).tmp"
        guard let file = fopen(draft, "w") else { throw failure(path) }
        let bytes = Array(text.utf8)
        let count = fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, count == bytes.count, rename(draft, path) == 0 else {
            let failure = failure(path)
            unlink(draft)
            throw failure
        }
    }

    static func remove(_ path: String) { unlink(path) }

    private static func failure(_ path: String) -> CommandFailure {
        let reason = strerror(errno).map { String(cString: $0) } ?? "error \(errno)"
        return CommandFailure("Cannot write \(path): \(reason).", kind: .inputOutput)
    }
}
