public import BrokerPrimitives
public import BrokerWire
internal import BrokerRuntime
internal import Synchronization

/// What a test broker lets go wrong.
///
/// Faults are looked at in the order in which they were made; the first that applies decides what becomes of a
/// request. One that is used up, or cancelled, applies no more. Safe on any thread.
///
/// Whether a request is about a topic is read in the request, but for Fetch and Metadata in the answer: within a session
/// a fetch names only what changes, and is about the topics that its answer tells of. So a fault for one topic does not
/// meet a fetch of a session that brings nothing of this topic. Only a connection to be dropped before handling is decided
/// on what the request names, and before the faults that wait for the answer.
///
/// ```swift
/// broker.faults.fail(.produce, with: .notLeaderOrFollower, topic: "orders", times: 3)
/// ```
public final class Faults: Sendable {
    private struct State {
        var nextID = 0
        var nextTicket = 0
        var rules: [FaultRule] = []
        /// The faults that are not cancelled, also those that are used up: they may hold answers yet.
        var open: Set<Int> = []
        /// By numbers that grow.
        var held: [Int: Held] = [:]
        var struck: [Int: Int] = [:]

        mutating func takeHeld(where isWanted: (Held) -> Bool) -> [Held] {
            let taken = held.filter { isWanted($0.value) }.sorted { $0.key < $1.key }
            for (ticket, _) in taken { held[ticket] = nil }
            return taken.map(\.value)
        }
    }

    /// An answer that waits.
    private struct Held {
        let fault: Int
        let send: @Sendable () -> Void
    }

    private let state = Mutex(State())
    private let broker = Mutex(WeakBroker())

    private struct WeakBroker {
        weak var broker: TestBroker?
    }

    init() {}

    func attach(_ broker: TestBroker) { self.broker.withLock { $0.broker = broker } }

    // MARK: Answers

    /// Answers requests with an error instead of handling them: nothing is written, created or committed. A fetch and a
    /// question for metadata are handled, and their answer becomes the error.
    ///
    /// The error stands where the API has a place for it: at each partition, topic or group that was asked for, or at
    /// the top. A produce request that wants no answer loses its connection, as with any error.
    ///
    /// - Parameters:
    ///   - api: which requests.
    ///   - error: what they are answered.
    ///   - topic: only for this topic: other topics in the same request are handled. For Produce, Fetch, ListOffsets,
    ///     Metadata, CreateTopics, CreatePartitions, DeleteRecords, OffsetCommit, TxnOffsetCommit and
    ///     OffsetForLeaderEpoch; requests of other APIs do not fail by topic.
    ///   - clientID: only for this client.
    ///   - times: how many requests; nil for all until the fault is cancelled.
    @discardableResult
    public func fail(
        _ api: APIKey, with error: ErrorCode, topic: String? = nil, clientID: String? = nil, times: Int? = nil
    ) -> Fault {
        add(.fail(error), to: api, topic: topic, clientID: clientID, times: times)
    }

    /// Answers requests later. They are handled at once; only their answers wait, and with them those after them on
    /// the same connection.
    ///
    /// - Parameter duration: on the broker's clock. Cancelling the fault sends what still waits.
    @discardableResult
    public func delay(
        _ api: APIKey, by duration: Duration, topic: String? = nil, clientID: String? = nil, times: Int? = nil
    ) -> Fault {
        add(.hold(duration), to: api, topic: topic, clientID: clientID, times: times)
    }

    /// Keeps answers back until the fault is cancelled. The requests are handled at once.
    @discardableResult
    public func hold(
        _ api: APIKey, topic: String? = nil, clientID: String? = nil, times: Int? = nil
    ) -> Fault {
        add(.hold(nil), to: api, topic: topic, clientID: clientID, times: times)
    }

    // MARK: Connections

    /// When a connection ends.
    public enum Moment: Sendable, Hashable {
        /// The request is not handled.
        case beforeHandling
        /// The request is handled, and its answer lost: the client cannot know.
        case afterHandling
    }

    /// Closes the connection of a request, once what was asked before it is answered.
    @discardableResult
    public func dropConnection(
        on api: APIKey, _ moment: Moment, topic: String? = nil, clientID: String? = nil, times: Int? = nil
    ) -> Fault {
        add(.drop(moment), to: api, topic: topic, clientID: clientID, times: times)
    }

    /// Closes every connection there is now, whatever is unanswered.
    public func disconnectClients() async throws { await (try running()).disconnectAll() }

    /// Refuses new connections, as if nothing listened; those there are stay. Ends with `acceptConnections`, or when
    /// the broker is started again.
    public func refuseConnections() async throws { await (try running()).stopAccepting() }

    /// Takes new connections again.
    public func acceptConnections() async throws {
        do { try await running().resumeAccepting() } catch {
            throw TestBrokerError("The broker cannot listen on its port again: \(error)")
        }
    }

    /// Cancels all faults and sends what they hold.
    public func removeAll() {
        let held = state.withLock { state in
            state.rules = []
            state.open = []
            return state.takeHeld { _ in true }
        }
        for answer in held { answer.send() }
    }

    // MARK: Inside

    private func add(
        _ effect: FaultRule.Effect, to api: APIKey, topic: String?, clientID: String?, times: Int?
    ) -> Fault {
        let id = state.withLock { state in
            state.nextID += 1
            state.open.insert(state.nextID)
            state.rules.append(
                FaultRule(
                    id: state.nextID, api: api, topic: topic, clientID: clientID, effect: effect, remaining: times))
            return state.nextID
        }
        return Fault(id: id, faults: self)
    }

    private func running() throws -> Broker {
        guard let broker = broker.withLock({ $0.broker }) else { throw TestBrokerError("The broker is gone.") }
        return try broker.running()
    }

    func cancel(_ id: Int) {
        let held = state.withLock { state in
            state.rules.removeAll { $0.id == id }
            state.open.remove(id)
            return state.takeHeld { $0.fault == id }
        }
        for answer in held { answer.send() }
    }

    func count(_ id: Int) -> Int { state.withLock { $0.struck[id, default: 0] } }

    func heldCount(_ id: Int) -> Int { state.withLock { $0.held.values.count { $0.fault == id } } }

    /// The rules that a request might meet, in order; empty as a rule.
    func rules(for api: APIKey, clientID: String?) -> [FaultRule] {
        state.withLock { state in
            guard !state.rules.isEmpty else { return [] }
            return state.rules.filter { $0.api == api && ($0.clientID == nil || $0.clientID == clientID) }
        }
    }

    /// Uses a rule once. False if it was used up or cancelled meanwhile.
    func strike(_ id: Int) -> Bool {
        state.withLock { state in
            guard let index = state.rules.firstIndex(where: { $0.id == id }) else { return false }
            if let remaining = state.rules[index].remaining {
                guard remaining > 0 else { return false }
                state.rules[index].remaining = remaining - 1
                if remaining == 1 { state.rules.remove(at: index) }
            }
            state.struck[id, default: 0] += 1
            return true
        }
    }

    /// Keeps an answer until it is released, or the fault cancelled. Nil if it is cancelled already: then the answer is
    /// the caller's to send.
    func hold(_ answer: @escaping @Sendable () -> Void, for id: Int) -> Int? {
        state.withLock { state in
            guard state.open.contains(id) else { return nil }
            state.nextTicket += 1
            state.held[state.nextTicket] = Held(fault: id, send: answer)
            return state.nextTicket
        }
    }

    /// Sends an answer that is held, if it still is.
    func release(_ ticket: Int) { state.withLock { $0.held.removeValue(forKey: ticket) }?.send() }
}
