internal import Synchronization

/// Says how far long work has come, once a second at most, on one line of the terminal.
struct Progress {
    /// Whether the terminal's last line is ours to write over.
    private static let isOnScreen = Atomic<Bool>(false)

    private let isShown: Bool
    private var last: ContinuousClock.Instant

    init(isShown: Bool = Terminal.showsProgress) {
        self.isShown = isShown
        last = .now
    }

    mutating func report(_ text: @autoclosure () -> String) {
        guard isShown, last.duration(to: .now) >= .seconds(1) else { return }
        last = .now
        Self.show(text())
    }

    static func show(_ text: String) {
        isOnScreen.store(true, ordering: .relaxed)
        Output.standardErrorPiece("\r\u{1B}[K" + text)
    }

    /// Takes the line away, if there is one.
    static func clear() {
        if isOnScreen.exchange(false, ordering: .relaxed) { Output.standardErrorPiece("\r\u{1B}[K") }
    }

    /// Says `text` if `work` takes longer than a second and `condition` holds then.
    static func during<Value>(
        _ text: String, if condition: @escaping @Sendable () async -> Bool, _ work: () async throws -> Value
    ) async rethrows -> Value {
        guard Terminal.showsProgress else { return try await work() }
        let notice = Task {
            try await Task.sleep(for: .seconds(1))
            if await condition(), !Task.isCancelled { show(text) }
        }
        defer {
            notice.cancel()
            clear()
        }
        return try await work()
    }
}
