internal import BrokerPrimitives
internal import BrokerWire

/// What all groups of a shard share while they decide: the time, the settings, timers, and what they ask for.
struct GroupContext: Sendable {
    struct TimerKey: Hashable, Sendable {
        var group: String
        var purpose: Purpose

        enum Purpose: Hashable, Sendable {
            /// The rebalance waits for members.
            case join
            /// Members were told the new generation and have not asked for their assignment.
            case sync
            /// A member's session.
            case member(String)
            /// The time to look for offsets to forget; of no group.
            case retention
        }
    }

    /// What a write was for: what happens once it is committed or has failed.
    enum Write: Sendable {
        /// Offsets of a group. They count once they are written down: then the records are replayed.
        case commit(group: String, [GroupCoordinatorRecord], GroupReply, CallToken)
        /// Offsets or groups that go, likewise; nobody need have asked for that.
        case removal([GroupCoordinatorRecord], GroupReply?, CallToken?)
        /// The leader's assignment for a generation.
        case assignment(group: String, generation: Int32)
        /// A static member came back under a new id, in place of `previous`.
        case replacement(group: String, memberID: String, previous: ClassicMember, call: CallToken, version: Int16)
        /// A group without members. In memory it is so already, unless a deletion came before it in the log.
        case empty(group: String, GroupCoordinatorRecord)
    }

    let settings: GroupSettings
    var now = CoordinatorTime(monotonic: 0, wall: 0)
    var timers = TimerQueue<TimerKey>()
    var effects: [CoordinatorEffect<GroupCoordinatorRecord, GroupReply>] = []
    private var writes: [WriteToken: Write] = [:]
    /// How many commits of each group are under way.
    private var commitCounts: [String: Int] = [:]
    /// How many rebalances were completed, for the metrics.
    var rebalanceCount = 0
    private var nextWrite: UInt64 = 1

    init(settings: GroupSettings) { self.settings = settings }

    mutating func reply(_ call: CallToken, _ reply: GroupReply) { effects.append(.reply(call, reply)) }

    mutating func write(_ records: [GroupCoordinatorRecord], for write: Write) {
        let token = WriteToken(nextWrite)
        nextWrite += 1
        writes[token] = write
        if case .commit(let group, _, _, _) = write { commitCounts[group, default: 0] += 1 }
        effects.append(.write(records, token))
    }

    /// The write is no longer under way; nil if it was given up.
    mutating func finish(_ token: WriteToken) -> Write? {
        let write = writes.removeValue(forKey: token)
        if case .commit(let group, _, _, _)? = write {
            let count = (commitCounts[group] ?? 1) - 1
            commitCounts[group] = count > 0 ? count : nil
        }
        return write
    }

    /// Gives up all writes; answers them.
    mutating func abandonWrites() -> [Write] {
        defer {
            writes = [:]
            commitCounts = [:]
        }
        return Array(writes.values)
    }

    func hasCommitUnderWay(of group: String) -> Bool { commitCounts[group] != nil }

    /// Whose offsets are on their way to the log: of a group, or of any.
    func offsetsUnderWay(of group: String? = nil) -> [OffsetCommitKey] {
        if let group, !hasCommitUnderWay(of: group) { return [] }
        var keys: [OffsetCommitKey] = []
        for case .commit(let id, let records, _, _) in writes.values where group == nil || group == id {
            for case .offsetCommit(let key, _) in records { keys.append(key) }
        }
        return keys
    }

    /// Sets a timer. What is set in a step is never due in the same step, or a step might never end.
    mutating func set(_ purpose: TimerKey.Purpose, of group: String, in milliseconds: Int64) {
        timers.set(TimerKey(group: group, purpose: purpose), at: now.monotonic &+ max(1, milliseconds))
    }

    mutating func cancel(_ purpose: TimerKey.Purpose, of group: String) {
        timers.cancel(TimerKey(group: group, purpose: purpose))
    }
}
