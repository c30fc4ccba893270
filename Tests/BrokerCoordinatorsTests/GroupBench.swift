import BrokerCoordinators
import BrokerPrimitives
import BrokerWire
import NIOCore
import Testing

/// A shard with a log and a clock of its own: writes are committed at once, or held back and decided by the test.
final class GroupBench {
    var shard: GroupShard
    var now = CoordinatorTime(monotonic: 1_000, wall: 1_700_000_000_000)
    /// Everything that was committed, in order.
    var log: [GroupCoordinatorRecord] = []
    /// Replies by their call.
    var replies: [CallToken: GroupReply] = [:]
    /// Calls that were answered more than once.
    var answeredTwice: [CallToken] = []
    /// Calls that a client waits for, or has waited for.
    private(set) var issued: Set<CallToken> = []
    /// Offsets that were forgotten in the log although nobody asked for that and their time was not over.
    private(set) var forgottenTooSoon: [OffsetCommitKey] = []
    /// Whether writes wait for `commit` or `fail`.
    var holdsWrites = false
    var held: [Held] = []
    struct Held {
        var records: [GroupCoordinatorRecord]
        var token: WriteToken
        /// Whether a client asked for something to be forgotten.
        var isDeletion: Bool
    }

    private var isDeleting = false
    /// How often the shard was told that its deadline has come.
    private(set) var wakeCount = 0
    let settings: GroupSettings
    private var nextCall: UInt64 = 1
    private var nextMember = 1

    init(_ change: (inout GroupSettings) -> Void = { _ in }) {
        var settings = GroupSettings()
        settings.initialRebalanceDelay = 0
        change(&settings)
        self.settings = settings
        shard = GroupShard(settings: settings)
        shard.loaded(at: now)
    }

    // MARK: Requests

    func call() -> CallToken {
        defer { nextCall += 1 }
        issued.insert(CallToken(nextCall))
        return CallToken(nextCall)
    }

    /// The calls that nobody has answered.
    var unanswered: Set<CallToken> { issued.subtracting(replies.keys) }

    /// The broker is gone: writes that were not committed never will be, and nobody waits for an answer any more.
    func crash() throws {
        held = []
        issued = []
        shard = try reloaded()
    }

    /// Sends a JoinGroup; the reply is there if the rebalance ended at once.
    @discardableResult
    func join(
        _ group: String = "g", member: String = "", instance: String? = nil, session: Int32 = 10_000,
        rebalance: Int32 = 30_000, type: String = "consumer", protocols: [(String, String)] = [("range", "t")],
        version: Int16 = 9
    ) -> CallToken {
        let call = call()
        var request = JoinGroupRequest()
        request.groupID = group
        request.memberID = member
        request.groupInstanceID = instance
        request.sessionTimeoutMs = session
        request.rebalanceTimeoutMs = rebalance
        request.protocolType = type
        request.protocols = protocols.map { .init(name: $0.0, metadata: subscription(to: $0.1)) }
        shard.join(
            GroupJoin(
                request: request, version: version, client: GroupClient(id: "client", address: "10.0.0.1"), call: call,
                newMemberID: "m\(nextMember)"), at: now)
        nextMember += 1
        settle()
        return call
    }

    /// Joins in both steps; the reply is there if the rebalance ended at once.
    func joinNew(_ group: String = "g", protocols: [(String, String)] = [("range", "t")]) -> CallToken {
        let first = join(group, protocols: protocols)
        return join(group, member: joined(first)?.memberID ?? "", protocols: protocols)
    }

    @discardableResult
    func sync(
        _ group: String = "g", _ member: String, _ generation: Int32, assigning: [String: String] = [:],
        instance: String? = nil
    ) -> CallToken {
        let call = call()
        var request = SyncGroupRequest()
        request.groupID = group
        request.memberID = member
        request.generationID = generation
        request.groupInstanceID = instance
        request.assignments = assigning.sorted { $0.key < $1.key }.map {
            .init(memberID: $0.key, assignment: ByteBuffer(string: $0.value))
        }
        shard.sync(request, call, at: now)
        settle()
        return call
    }

    func heartbeat(
        _ group: String = "g", _ member: String, _ generation: Int32, instance: String? = nil
    ) -> ErrorCode {
        var request = HeartbeatRequest()
        request.groupID = group
        request.memberID = member
        request.generationID = generation
        request.groupInstanceID = instance
        defer { settle() }
        return shard.heartbeat(request, at: now)
    }

    func leave(_ group: String = "g", _ member: String, instance: String? = nil) -> ErrorCode {
        defer { settle() }
        return shard.leave(group, [.init(memberID: member, groupInstanceID: instance)], at: now).first?.errorCode
            ?? .none
    }

    /// Commits offset `offset` for partition 0 of topic "t"; answers the partition's code once the write is decided.
    @discardableResult
    func commit(
        _ group: String = "g", _ offset: Int64, member: String = "", generation: Int32 = -1, metadata: String = "",
        topic: String = "t", retention: Int64 = -1, version: Int16 = 8
    ) -> CallToken {
        let call = call()
        var request = OffsetCommitRequest()
        request.groupID = group
        request.memberID = member
        request.generationIDOrMemberEpoch = generation
        request.retentionTimeMs = retention
        request.topics = [
            .init(
                name: topic,
                partitions: [.init(partitionIndex: 0, committedOffset: offset, committedMetadata: metadata)])
        ]
        shard.commit(
            request, version: version, topics: [.init(name: topic, id: .one, partitionCount: 1, refusal: nil)], call,
            at: now)
        settle()
        return call
    }

    func delete(_ group: String) -> CallToken {
        let call = call()
        isDeleting = true
        defer { isDeleting = false }
        shard.delete(group: group, call, at: now)
        settle()
        return call
    }

    // MARK: Replies

    func joined(_ call: CallToken) -> JoinGroupResponse? {
        if case .join(let response) = replies[call] { response } else { nil }
    }

    func synced(_ call: CallToken) -> SyncGroupResponse? {
        if case .sync(let response) = replies[call] { response } else { nil }
    }

    func committed(_ call: CallToken) -> ErrorCode? {
        if case .offsetCommit(let response) = replies[call] {
            response.topics.first?.partitions.first?.errorCode
        } else {
            nil
        }
    }

    func deleted(_ call: CallToken) -> ErrorCode? {
        if case .deleteGroup(let code) = replies[call] { code } else { nil }
    }

    func state(_ group: String = "g") -> ClassicGroup.State? { shard.groups[group]?.state }

    // MARK: Time and writes

    /// Lets time pass, deadline by deadline.
    func advance(_ milliseconds: Int64) {
        let end = now.monotonic + milliseconds
        while let deadline = shard.nextDeadline, deadline <= end {
            move(to: max(deadline, now.monotonic))
            wakeCount += 1
            shard.passed(to: now)
            settle()
        }
        move(to: end)
    }

    private func move(to monotonic: Int64) {
        now.wall += monotonic - now.monotonic
        now.monotonic = monotonic
    }

    func settle() {
        while true {
            let effects = shard.takeEffects()
            if effects.isEmpty { return }
            for effect in effects {
                switch effect {
                case .reply(let call, let reply):
                    if replies.updateValue(reply, forKey: call) != nil { answeredTwice.append(call) }
                case .write(let records, let token):
                    held.append(Held(records: records, token: token, isDeletion: isDeleting))
                    if !holdsWrites { decide(nil) }
                }
            }
        }
    }

    /// Commits the oldest held write, or fails it.
    func decide(_ failure: ErrorCode?) {
        guard !held.isEmpty else {
            Issue.record("No write is under way.")
            return
        }
        let write = held.removeFirst()
        if failure == nil {
            if !write.isDeletion { judge(write.records) }
            log += write.records
        }
        shard.written(write.token, failure, at: now)
        settle()
    }

    /// Looks for offsets that `records` would forget before their time.
    private func judge(_ records: [GroupCoordinatorRecord]) {
        for case .offsetCommit(let key, nil) in records {
            var newest: OffsetCommitValue?
            for case .offsetCommit(key, let value) in log { newest = value }
            if let newest, newest.commitTimestamp > now.wall - settings.offsetsRetention {
                forgottenTooSoon.append(key)
            }
        }
    }

    /// What another broker would know that has the log and nothing else.
    func reloaded() throws -> GroupShard {
        var other = GroupShard(settings: settings)
        for record in log {
            // Through the bytes, as they would be on the disk.
            let key = try record.encodedKey()
            let value = try record.encodedValue(version: GroupShard.valueVersion(of: record))
            other.replay(try GroupCoordinatorRecord(key: key, value: value))
        }
        other.loaded(at: now)
        return other
    }
}

/// A consumer's subscription to one topic.
func subscription(to topic: String) -> ByteBuffer {
    (try? ConsumerProtocol.encode(ConsumerProtocolSubscription(topics: [topic]), version: 0)) ?? ByteBuffer()
}
