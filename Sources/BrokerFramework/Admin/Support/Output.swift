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
    private let outlivesReader: Bool
    private var isUnread = false
    /// Why what was written is lost, for one that outlives its reader; nil also where the reader has just left.
    private(set) var failure: CommandFailure?

    /// - Parameter outlivesReader: whether the command has more to do than to write. Then nothing ends the process: what
    ///   cannot be written is dropped.
    init(outlivesReader: Bool = false) { self.outlivesReader = outlivesReader }

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
        defer { pending.clear() }
        guard !isUnread else { return }
        let code = Self.hand(pending)
        guard code != 0 else { return }
        guard outlivesReader else { Self.end(code) }
        isUnread = true
        if code != EPIPE { failure = Self.failure(code) }
    }

    deinit {
        guard !isUnread else { return }
        let code = Self.hand(pending)
        if code != 0, !outlivesReader { Self.end(code) }
    }

    /// The system's error, or 0.
    private static func hand(_ bytes: ByteBuffer) -> Int32 {
        guard bytes.readableBytes > 0 else { return 0 }
        Progress.clear()
        return bytes.withUnsafeReadableBytes { write($0, to: STDOUT_FILENO) }
    }

    private static func end(_ code: Int32) -> Never {
        exit(code == EPIPE ? EXIT_SUCCESS : Speech.tell(failure(code)))
    }

    private static func failure(_ code: Int32) -> CommandFailure {
        let reason = strerror(code).map { String(cString: $0) } ?? "error \(code)"
        return CommandFailure("Cannot write to standard output: \(reason).", kind: .inputOutput)
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
