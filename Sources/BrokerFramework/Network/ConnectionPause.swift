import BrokerWorld

/// The time in which a connection that is over its quota takes no requests.
struct ConnectionPause {
    private let timers: Timers
    private var end: Int64?
    private var timer: Timers.Timer?

    init(_ timers: Timers) { self.timers = timers }

    var isOn: Bool { end != nil }

    /// Whether its time has come. A timer that comes from another thread may find a longer pause than it was for.
    var isOver: Bool { end.map { $0 <= timers.now() } ?? false }

    /// Begins a pause, or prolongs the one there is; `then` is called when it is over, on any thread.
    mutating func begin(milliseconds: Int64, then: @escaping @Sendable () -> Void) {
        let end = timers.deadline(afterMilliseconds: milliseconds)
        if let current = self.end, current >= end { return }
        timer?.cancel()
        self.end = end
        timer = timers.schedule(at: end, then)
    }

    mutating func cancel() {
        timer?.cancel()
        timer = nil
        end = nil
    }
}
