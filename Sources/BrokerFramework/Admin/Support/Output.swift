public import ArgumentParser
internal import NIOCore
internal import Synchronization

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

    mutating func write(_ bytes: ByteBuffer) {
        pending.writeImmutableBuffer(bytes)
        if pending.readableBytes >= limit { flush() }
    }

    /// Hands everything to the system. If nobody reads any more, the process ends in silence, as `head` expects.
    mutating func flush() {
        let isWhole = pending.withUnsafeReadableBytes { Self.write($0, to: STDOUT_FILENO) }
        pending.clear()
        if !isWhole { exit(EXIT_SUCCESS) }
    }

    deinit { _ = pending.withUnsafeReadableBytes { Self.write($0, to: STDOUT_FILENO) } }

    /// Writes a line to standard error.
    static func note(_ text: String) {
        Array((text + "\n").utf8).withUnsafeBytes { _ = write($0, to: STDERR_FILENO) }
    }

    private static func write(_ bytes: UnsafeRawBufferPointer, to file: Int32) -> Bool {
        var rest = bytes
        while let start = rest.baseAddress, !rest.isEmpty {
            let count = unsafeWrite(file, start, rest.count)
            if count < 0 {
                if errno == EINTR || errno == EAGAIN { continue }
                return false
            }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
        return true
    }
}

private func unsafeWrite(_ file: Int32, _ start: UnsafeRawPointer, _ count: Int) -> Int { write(file, start, count) }

/// What the terminal can do.
enum Terminal {
    /// Whether progress on standard error is of use: someone looks at it, and it does not mix with the output.
    static var showsProgress: Bool { isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) == 0 }
    static var isInputTerminal: Bool { isatty(STDIN_FILENO) == 1 }
}

/// Says how far long work has come, once a second at most.
struct Progress {
    private let isShown: Bool
    private var last: ContinuousClock.Instant

    init(isShown: Bool = Terminal.showsProgress) {
        self.isShown = isShown
        last = .now
    }

    mutating func report(_ text: @autoclosure () -> String) {
        guard isShown, last.duration(to: .now) >= .seconds(1) else { return }
        last = .now
        Output.note(text())
    }
}
