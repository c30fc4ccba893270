public import ArgumentParser
internal import NIOCore

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// How a command writes its answer.
public enum OutputFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    case text
    /// One JSON value; one per line where there are many.
    case json
}

/// Where commands write: standard output gathered into large pieces, and words for the user on standard error.
struct Output: ~Copyable {
    private var pending = ByteBuffer()
    private let limit = 1 << 16

    mutating func write(_ text: String) {
        pending.writeString(text)
        if pending.readableBytes >= limit { flush() }
    }

    mutating func line(_ text: String) {
        pending.writeString(text)
        write("\n")
    }

    mutating func line(_ value: JSONValue) { line(value.description) }

    mutating func write(_ bytes: ByteBuffer) {
        pending.writeImmutableBuffer(bytes)
        if pending.readableBytes >= limit { flush() }
    }

    /// Hands everything to the system. If nobody reads any more, the process ends in silence, as `head` expects; if it
    /// cannot be written, it ends with an error, since a copy with a hole must not pass for a whole one.
    mutating func flush() {
        Self.hand(pending)
        pending.clear()
    }

    deinit { Self.hand(pending) }

    private static func hand(_ bytes: ByteBuffer) {
        guard bytes.readableBytes > 0 else { return }
        Progress.clear()
        switch bytes.withUnsafeReadableBytes({ write($0, to: STDOUT_FILENO) }) {
        case 0: return
        case EPIPE: exit(EXIT_SUCCESS)
        case let code:
            let reason = strerror(code).map { String(cString: $0) } ?? "error \(code)"
            exit(Speech.tell(CommandFailure("Cannot write to standard output: \(reason).", kind: .inputOutput)))
        }
    }

    /// Tells people something by the way; programs that asked for JSON are spared it.
    static func note(_ text: String) {
        if !Speech.isJSON { standardError(text) }
    }

    /// Writes a line to standard error.
    static func standardError(_ text: String) {
        Progress.clear()
        standardErrorPiece(text + "\n")
    }

    static func standardErrorPiece(_ text: String) {
        Array(text.utf8).withUnsafeBytes { _ = write($0, to: STDERR_FILENO) }
    }

    /// The system's error, or 0.
    private static func write(_ bytes: UnsafeRawBufferPointer, to file: Int32) -> Int32 {
        var rest = bytes
        while let start = rest.baseAddress, !rest.isEmpty {
            let count = unsafeWrite(file, start, rest.count)
            if count < 0 {
                if errno == EINTR || errno == EAGAIN { continue }
                return errno
            }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
        return 0
    }
}

private func unsafeWrite(_ file: Int32, _ start: UnsafeRawPointer, _ count: Int) -> Int { write(file, start, count) }
