#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// What the terminal can do.
enum Terminal {
    /// A stream that may lead to a terminal.
    enum Stream: Int32 {
        case output = 1
        case error = 2
    }

    static var isInputTerminal: Bool { isatty(STDIN_FILENO) == 1 }

    /// Whether progress on standard error is of use: someone looks at it.
    static var showsProgress: Bool { isatty(STDERR_FILENO) == 1 && !isDumb && !Speech.isJSON }

    /// Whether what is written there may be coloured: it is a terminal, and NO_COLOR (no-color.org) is not set.
    static func showsColour(_ stream: Stream) -> Bool {
        isatty(stream.rawValue) == 1 && !isDumb && (variable("NO_COLOR") ?? "").isEmpty
    }

    private static var isDumb: Bool { variable("TERM").map { $0 == "dumb" } ?? true }

    /// A variable of the environment.
    static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}

/// The few colours there are. On anything but a terminal they leave the text as it is.
enum Style {
    static func error(_ text: String, on stream: Terminal.Stream) -> String { wrap(text, "1;31", stream) }
    static func heading(_ text: String) -> String { wrap(text, "1", .output) }
    static func faint(_ text: String) -> String { wrap(text, "2", .output) }

    private static func wrap(_ text: String, _ code: String, _ stream: Terminal.Stream) -> String {
        Terminal.showsColour(stream) ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
