internal import BrokerModel
public import BrokerWire
internal import Synchronization

/// The requests that a test broker was sent, in the order in which it read them.
///
/// Keeps the latest 10,000. What cannot be read as a request is not in it. Safe on any thread.
public final class RequestLog: Sendable {
    private static let capacity = 10_000

    private struct Waiter {
        var isSatisfied: @Sendable (LoggedRequest) -> Bool
        var continuation: CheckedContinuation<LoggedRequest?, Never>
    }

    private struct State {
        var entries: [LoggedRequest] = []
        /// The number of the first of them, of all that ever came.
        var first = 0
        var waiters: [Int: Waiter] = [:]
        var nextWaiter = 0

        /// Takes out whoever waited for this.
        mutating func take(satisfiedBy entry: LoggedRequest) -> [CheckedContinuation<LoggedRequest?, Never>] {
            let satisfied = waiters.filter { $0.value.isSatisfied(entry) }
            for id in satisfied.keys { waiters[id] = nil }
            return satisfied.values.map(\.continuation)
        }
    }

    private let state = Mutex(State())

    init() {}

    /// All of them, the oldest first.
    public var all: [LoggedRequest] { state.withLock { $0.entries } }

    /// The decoded requests of one API: `log.of(ProduceRequest.self)`.
    public func of<Request: WireRequest>(_ type: Request.Type) -> [Request] {
        all.compactMap { $0.request as? Request }
    }

    /// How many there are of one API.
    public func count(of api: APIKey) -> Int { all.count { $0.api == api } }

    /// Forgets what there is.
    public func clear() {
        state.withLock { state in
            state.first += state.entries.count
            state.entries = []
        }
    }

    /// Waits for the next request of an API: one that the broker has not read yet.
    ///
    /// - Throws: `CancellationError` if the task is cancelled first.
    public func next(
        _ api: APIKey, where isWanted: @escaping @Sendable (LoggedRequest) -> Bool = { _ in true }
    ) async throws -> LoggedRequest {
        try await wait(includingPast: false) { $0.api == api && isWanted($0) }
    }

    /// Waits for a request that is in the log, now or later, and for which `isWanted`: that it is answered, for
    /// example. It is asked again when a request ends.
    ///
    /// - Parameter isWanted: must not call the log.
    /// - Throws: `CancellationError` if the task is cancelled first.
    public func first(
        _ api: APIKey, where isWanted: @escaping @Sendable (LoggedRequest) -> Bool = { _ in true }
    ) async throws -> LoggedRequest {
        try await wait(includingPast: true) { $0.api == api && isWanted($0) }
    }

    private func wait(
        includingPast: Bool, _ isSatisfied: @escaping @Sendable (LoggedRequest) -> Bool
    ) async throws -> LoggedRequest {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        let found = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let early: LoggedRequest?? = state.withLock { state in
                    // Also here, since whoever cancelled before found no one waiting.
                    if Task.isCancelled { return .some(nil) }
                    if includingPast, let found = state.entries.first(where: isSatisfied) { return found }
                    state.waiters[id] = Waiter(isSatisfied: isSatisfied, continuation: continuation)
                    return nil
                }
                if let early { continuation.resume(returning: early) }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.continuation.resume(returning: nil)
        }
        guard let found else { throw CancellationError() }
        return found
    }

    // MARK: For the broker

    /// Answers the number by which the request's end is told.
    func received(
        _ request: any WireRequest, api: APIKey, version: Int16, clientID: String?, connection: UInt64, time: Timestamp
    ) -> Int {
        let entry = LoggedRequest(
            api: api, version: version, clientID: clientID, connection: connection, time: time, request: request,
            outcome: nil)
        let (number, waiters) = state.withLock { state in
            state.entries.append(entry)
            let number = state.first + state.entries.count - 1
            if state.entries.count > Self.capacity {
                // Rarely, and many at once.
                state.entries.removeFirst(Self.capacity / 10)
                state.first += Self.capacity / 10
            }
            return (number, state.take(satisfiedBy: entry))
        }
        for waiter in waiters { waiter.resume(returning: entry) }
        return number
    }

    func ended(_ number: Int, _ outcome: LoggedRequest.Outcome) {
        let ended = state.withLock { state -> (LoggedRequest, [CheckedContinuation<LoggedRequest?, Never>])? in
            let index = number - state.first
            guard state.entries.indices.contains(index) else { return nil }
            state.entries[index].outcome = outcome
            let entry = state.entries[index]
            return (entry, state.take(satisfiedBy: entry))
        }
        guard let (entry, waiters) = ended else { return }
        for waiter in waiters { waiter.resume(returning: entry) }
    }
}
