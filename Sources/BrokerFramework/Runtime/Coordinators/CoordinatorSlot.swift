internal import BrokerCoordinators
internal import BrokerModel
internal import BrokerPrimitives
internal import Synchronization

/// One shard with its log, its parked calls and its lock.
///
/// What a step leaves to be done outside of the lock comes back as a `FollowUp`; whoever asked carries it out.
final class CoordinatorSlot<Shard: CoordinatorShard>: Sendable {
    typealias Answer = @Sendable (Shard.Reply) -> Void

    struct FollowUp: Sendable {
        var answers: [@Sendable () -> Void] = []
        /// How far the log must be flushed, and the slot told with `flushed`.
        var flush: Offset?
        /// When the shard wants to be told of time, if no timer is set for as early.
        var deadline: Int64?
    }

    private enum Phase: Sendable {
        case loading
        case active
        /// Led by another broker, or unreadable.
        case ended(ErrorCode)
    }

    private struct State {
        var phase = Phase.loading
        var shard: Shard
        var calls: [CallToken: Answer] = [:]
        var unflushed = UnflushedWrites()
        var nextCall: UInt64 = 1
        /// The earliest time for which a timer is set.
        var armed: Int64?
        /// Who wants to know when loading has ended.
        var waiting: [@Sendable () -> Void] = []
    }

    let number: PartitionIndex
    let log: CoordinatorLog<Shard.Record>
    /// A shard that knows nothing: what is here before loading and after the end.
    private let blank: Shard
    private let state: Mutex<State>

    init(number: PartitionIndex, log: CoordinatorLog<Shard.Record>, blank: Shard) {
        self.number = number
        self.log = log
        self.blank = blank
        state = Mutex(State(shard: blank))
    }

    var topicID: TopicID { log.partition.id }

    var isLoading: Bool {
        state.withLock { state in
            if case .loading = state.phase { return true }
            return false
        }
    }

    /// Whether the log could not be loaded.
    var hasFailed: Bool {
        state.withLock { state in
            if case .ended = state.phase { return true }
            return false
        }
    }

    // MARK: Asking

    func ask<Result>(
        at now: CoordinatorTime, _ body: (inout Shard, CoordinatorTime) -> Result
    ) throws(CoordinatorError) -> (Result, FollowUp) {
        try state.withLock { state throws(CoordinatorError) in
            try Self.check(state.phase)
            let result = body(&state.shard, now)
            return (result, carryOut(&state, now))
        }
    }

    func submit(
        at now: CoordinatorTime, answer: @escaping Answer,
        _ body: (inout Shard, CallToken, CoordinatorTime) -> Void
    ) throws(CoordinatorError) -> FollowUp {
        try state.withLock { state throws(CoordinatorError) in
            try Self.check(state.phase)
            let call = CallToken(state.nextCall)
            state.nextCall += 1
            state.calls[call] = answer
            body(&state.shard, call, now)
            return carryOut(&state, now)
        }
    }

    /// The timer for `deadline` has fired.
    func tick(_ deadline: Int64, at now: CoordinatorTime) throws(CoordinatorError) -> FollowUp {
        try state.withLock { state throws(CoordinatorError) in
            try Self.check(state.phase)
            if state.armed == deadline { state.armed = nil }
            state.shard.passed(to: now)
            return carryOut(&state, now)
        }
    }

    /// The log is flushed below `end`, or could not be.
    func flushed(upTo end: Offset, succeeded: Bool, at now: CoordinatorTime) -> FollowUp {
        state.withLock { state in
            for write in state.unflushed.flushed(upTo: end, succeeded: succeeded) {
                state.shard.written(write.token, write.failure, at: now)
            }
            return carryOut(&state, now)
        }
    }

    /// Whether `then` will be called when loading ends; false if it has.
    func wait(_ then: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { state in
            guard case .loading = state.phase else { return false }
            state.waiting.append(then)
            return true
        }
    }

    private static func check(_ phase: Phase) throws(CoordinatorError) {
        switch phase {
        case .active: break
        case .loading: throw CoordinatorError(.coordinatorLoadInProgress)
        case .ended(let code): throw CoordinatorError(code)
        }
    }

    // MARK: The slot's life

    /// Takes over a shard that has replayed the log.
    func activate(_ shard: Shard, at now: CoordinatorTime) -> FollowUp {
        state.withLock { state in
            guard case .loading = state.phase else { return FollowUp() }
            state.phase = .active
            state.shard = shard
            var followUp = carryOut(&state, now)
            followUp.answers += state.waiting
            state.waiting = []
            return followUp
        }
    }

    /// Answers nothing any more but `code`; whoever waits gets it too.
    func end(with code: ErrorCode, at now: CoordinatorTime) -> FollowUp {
        state.withLock { state in
            var followUp = FollowUp()
            if case .active = state.phase {
                state.shard.resigned(with: code)
                followUp = carryOut(&state, now)
                followUp.deadline = nil
            }
            state.phase = .ended(code)
            state.calls = [:]
            state.unflushed.removeAll()
            // Timers and flushes may hold the slot for long; what it knew is let go.
            state.shard = blank
            followUp.answers += state.waiting
            state.waiting = []
            return followUp
        }
    }

    // MARK: Effects

    /// Carries out what the shard asks for, until it asks for nothing more.
    private func carryOut(_ state: inout State, _ now: CoordinatorTime) -> FollowUp {
        var followUp = FollowUp()
        while true {
            let effects = state.shard.takeEffects()
            guard !effects.isEmpty else { break }
            for effect in effects {
                switch effect {
                case .reply(let call, let reply):
                    if let answer = state.calls.removeValue(forKey: call) {
                        followUp.answers.append { answer(reply) }
                    }
                case .write(let records, let token):
                    do throws(PartitionError) {
                        let appended = try log.append(records, version: Shard.valueVersion, now: now.wall)
                        // With this broker as the only replica, what is appended is committed.
                        if appended.mustFlush { followUp.flush = appended.end }
                        if state.unflushed.append(token, end: appended.end, mustFlush: appended.mustFlush) {
                            state.shard.written(token, nil, at: now)
                        }
                    } catch {
                        state.shard.written(token, error.code, at: now)
                    }
                }
            }
        }
        if let next = state.shard.nextDeadline, state.armed.map({ next < $0 }) ?? true {
            state.armed = next
            followUp.deadline = next
        }
        return followUp
    }
}
