import BrokerModel
import BrokerPrimitives
import BrokerWire
import NIOCore

@testable import BrokerClient

/// A coordinator of one classic group, in its smallest form, on the time it is told.
struct ModelCoordinator {
    typealias Reply = (to: Int, event: GroupMember.Event)

    private struct Row {
        var protocols: [JoinGroupRequest.JoinGroupRequestProtocol]
        var deadline: Int64
        /// Whom to answer, and under which number, once all have joined, and once the leader has shared out.
        var join: (to: Int, request: Int)?
        var sync: (to: Int, request: Int)?
    }

    private enum State { case empty, preparing, completing, stable }

    static let session: Int64 = 10_000
    private var state = State.empty
    private var rows: [String: Row] = [:]
    private var pending: Set<String> = []
    private var assignments: [String: ByteBuffer] = [:]
    private var leader = ""
    private var generation: Int32 = 0
    private var preparedUntil: Int64 = 0
    private var protocolName = ""
    private var nextID = 0

    func knows(_ member: String) -> Bool { rows[member] != nil }

    mutating func join(_ message: JoinGroupRequest, to: Int, request: Int, now: Int64) -> [Reply] {
        func answer(_ error: ErrorCode, _ id: String) -> [Reply] {
            [(to, .joined(request: request, .success(JoinGroupResponse(errorCode: error, memberID: id))))]
        }
        if message.memberID.isEmpty {
            nextID += 1
            pending.insert("member-\(nextID)")
            return answer(.memberIdRequired, "member-\(nextID)")
        }
        guard pending.remove(message.memberID) != nil || rows[message.memberID] != nil else {
            return answer(.unknownMemberId, "")
        }
        rows[message.memberID] = Row(
            protocols: message.protocols, deadline: now + Self.session, join: (to, request),
            sync: rows[message.memberID]?.sync)
        return prepare(now: now) + completeIfAllJoined(now: now)
    }

    private mutating func prepare(now: Int64) -> [Reply] {
        guard state != .preparing else { return [] }
        state = .preparing
        preparedUntil = now + 60_000
        var replies: [Reply] = []
        for id in rows.keys.sorted() {
            guard let sync = rows[id]?.sync else { continue }
            rows[id]?.sync = nil
            rows[id]?.deadline = now + Self.session
            replies.append(
                (sync.to, .synced(request: sync.request, .success(SyncGroupResponse(errorCode: .rebalanceInProgress)))))
        }
        return replies
    }

    private mutating func completeIfAllJoined(now: Int64) -> [Reply] {
        guard state == .preparing, rows.values.allSatisfy({ $0.join != nil }) || now >= preparedUntil else { return [] }
        rows = rows.filter { $0.value.join != nil }
        guard let first = rows.keys.sorted().first else {
            state = .empty
            return []
        }
        generation += 1
        state = .completing
        assignments = [:]
        if rows[leader] == nil { leader = first }
        protocolName =
            rows[leader]?.protocols.map(\.name).first { name in
                rows.values.allSatisfy { $0.protocols.contains { $0.name == name } }
            } ?? ""
        let members = rows.keys.sorted().map { id in
            JoinGroupResponse.JoinGroupResponseMember(
                memberID: id,
                metadata: rows[id]?.protocols.first { $0.name == protocolName }?.metadata ?? ByteBuffer())
        }
        var replies: [Reply] = []
        for id in rows.keys.sorted() {
            guard let join = rows[id]?.join else { continue }
            rows[id]?.join = nil
            rows[id]?.deadline = now + Self.session
            let response = JoinGroupResponse(
                generationID: generation, protocolName: protocolName, leader: leader, memberID: id,
                members: id == leader ? members : [])
            replies.append((join.to, .joined(request: join.request, .success(response))))
        }
        return replies
    }

    mutating func sync(_ message: SyncGroupRequest, to: Int, request: Int, now: Int64) -> [Reply] {
        func answer(_ error: ErrorCode, _ assignment: ByteBuffer = ByteBuffer()) -> Reply {
            (
                to,
                .synced(request: request, .success(SyncGroupResponse(errorCode: error, assignment: assignment)))
            )
        }
        guard rows[message.memberID] != nil else { return [answer(.unknownMemberId)] }
        guard message.generationID == generation else { return [answer(.illegalGeneration)] }
        rows[message.memberID]?.deadline = now + Self.session
        switch state {
        case .empty: return [answer(.unknownMemberId)]
        case .preparing: return [answer(.rebalanceInProgress)]
        case .stable: return [answer(.none, assignments[message.memberID] ?? ByteBuffer())]
        case .completing:
            rows[message.memberID]?.sync = (to, request)
            guard message.memberID == leader else { return [] }
            for row in message.assignments { assignments[row.memberID] = row.assignment }
            state = .stable
            var replies: [Reply] = []
            for id in rows.keys.sorted() {
                guard let sync = rows[id]?.sync else { continue }
                rows[id]?.sync = nil
                rows[id]?.deadline = now + Self.session
                let response = SyncGroupResponse(assignment: assignments[id] ?? ByteBuffer())
                replies.append((sync.to, .synced(request: sync.request, .success(response))))
            }
            return replies
        }
    }

    mutating func heartbeat(_ message: HeartbeatRequest, now: Int64) -> ErrorCode {
        guard rows[message.memberID] != nil else { return .unknownMemberId }
        guard message.generationID == generation else { return .illegalGeneration }
        rows[message.memberID]?.deadline = now + Self.session
        return state == .preparing ? .rebalanceInProgress : .none
    }

    mutating func leave(_ message: LeaveGroupRequest, now: Int64) -> [Reply] { remove([message.memberID], now: now) }

    /// Gives up those that were silent for a session, and the wait for those that do not join.
    mutating func expire(now: Int64) -> [Reply] {
        let gone = rows.filter { $0.value.join == nil && $0.value.sync == nil && $0.value.deadline <= now }
        return remove(gone.keys.sorted(), now: now) + completeIfAllJoined(now: now)
    }

    private mutating func remove(_ gone: [String], now: Int64) -> [Reply] {
        let count = rows.count
        for id in gone { rows[id] = nil }
        guard rows.count < count else { return [] }
        guard !rows.isEmpty else {
            state = .empty
            return []
        }
        return prepare(now: now) + completeIfAllJoined(now: now)
    }
}
