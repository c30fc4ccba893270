internal import BrokerModel
package import BrokerPrimitives
package import BrokerReplication
package import BrokerWorld
internal import Synchronization

/// The fetch sessions of this broker, and the rules by which a fetch continues, begins or ends one.
package final class FetchSessions: Sendable {
    /// A session that is in use by at most one connection at a time.
    package final class Entry: Sendable {
        private let state: Mutex<FetchSession>

        init(_ session: FetchSession) { state = Mutex(session) }

        package func withSession<Result: Sendable>(_ body: (inout FetchSession) -> Result) -> Result {
            state.withLock { body(&$0) }
        }
    }

    /// How a fetch is answered.
    package enum Plan: Sendable {
        /// Every partition is told; `sessionID` 0 without a session.
        case full(sessionID: Int32, session: Entry?, requests: [FetchSession.Request])
        /// Only what changed is told.
        case incremental(sessionID: Int32, session: Entry, requests: [FetchSession.Request])

        /// 0 without a session.
        package var sessionID: Int32 {
            switch self {
            case .full(let id, _, _), .incremental(let id, _, _): id
            }
        }
    }

    private let cache: Mutex<FetchSessionCache<Entry>>
    private let world: World

    package init(slots: Int, world: World) {
        cache = Mutex(FetchSessionCache(slots: slots))
        self.world = world
    }

    /// How many sessions are kept.
    package var count: Int { cache.withLock { $0.count } }

    /// What a client says of its session (KIP-227): epoch −1 ends it, 0 begins one, more continues it.
    package func plan(
        sessionID: Int32, epoch: Int32, usesTopicIDs: Bool, requests: [FetchSession.Request],
        forgotten: [FetchSession.Key]
    ) throws(FetchSessionError) -> Plan {
        let now = world.monotonicMilliseconds
        if epoch <= 0 {
            end(sessionID)
            guard epoch == 0 else { return .full(sessionID: 0, session: nil, requests: requests) }
            return begin(requests, usesTopicIDs: usesTopicIDs, now: now)
        }
        guard let entry = cache.withLock({ $0.use(sessionID, now: now) }) else { throw .notFound }
        let result: Result<(requests: [FetchSession.Request], count: Int), FetchSessionError> =
            entry.withSession { session in
                guard session.usesTopicIDs == usesTopicIDs else { return .failure(.topicIDs) }
                guard session.nextEpoch == epoch else { return .failure(.epoch) }
                session.update(adding: requests, forgetting: forgotten)
                session.advanceEpoch()
                return .success((session.requests, session.count))
            }
        let (all, count) = try result.get()
        guard count > 0 else {
            // Nothing is left to fetch: the session has ended.
            cache.withLock { $0.remove(sessionID) }
            return .full(sessionID: 0, session: nil, requests: [])
        }
        return .incremental(sessionID: sessionID, session: entry, requests: all)
    }

    /// The partitions of a session, as its client named them; none if there is no such session.
    package func keys(of sessionID: Int32) -> [FetchSession.Key] {
        cache.withLock { $0[sessionID] }?.withSession { $0.requests.map(\.key) } ?? []
    }

    /// Ends a session, if there is one.
    package func end(_ sessionID: Int32) {
        if sessionID != 0 { cache.withLock { $0.remove(sessionID) } }
    }

    private func begin(_ requests: [FetchSession.Request], usesTopicIDs: Bool, now: Int64) -> Plan {
        var generator = world.generator
        var made: Entry?
        let id = cache.withLock { cache in
            cache.admit(size: requests.count, isPrivileged: false, now: now, generator: &generator) { _ in
                let entry = Entry(FetchSession(usesTopicIDs: usesTopicIDs, requests: requests))
                made = entry
                return entry
            }
        }
        return .full(sessionID: id, session: made, requests: requests)
    }
}

/// Why a fetch cannot continue its session.
package enum FetchSessionError: Error, Hashable, Sendable {
    case notFound
    case epoch
    case topicIDs

    package var code: ErrorCode {
        switch self {
        case .notFound: .fetchSessionIdNotFound
        case .epoch: .invalidFetchSessionEpoch
        case .topicIDs: .fetchSessionTopicIdError
        }
    }
}
