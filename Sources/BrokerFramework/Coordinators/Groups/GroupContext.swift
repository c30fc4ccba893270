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
        /// Offsets, and nothing that is in memory only: the records are replayed.
        case offsets([GroupCoordinatorRecord], GroupReply?, CallToken?)
        /// The leader's assignment for a generation.
        case assignment(group: String, generation: Int32)
        /// A static member came back under a new id, in place of `previous`.
        case replacement(group: String, memberID: String, previous: ClassicMember, call: CallToken, version: Int16)
        /// A group without members; in memory it is so already.
        case empty
    }

    let settings: GroupSettings
    var now = CoordinatorTime(monotonic: 0, wall: 0)
    var timers = TimerQueue<TimerKey>()
    var effects: [CoordinatorEffect<GroupCoordinatorRecord, GroupReply>] = []
    var writes: [WriteToken: Write] = [:]
    /// How many rebalances were completed, for the metrics.
    var rebalanceCount = 0
    private var nextWrite: UInt64 = 1

    init(settings: GroupSettings) { self.settings = settings }

    mutating func reply(_ call: CallToken, _ reply: GroupReply) { effects.append(.reply(call, reply)) }

    mutating func write(_ records: [GroupCoordinatorRecord], for write: Write) {
        let token = WriteToken(nextWrite)
        nextWrite += 1
        writes[token] = write
        effects.append(.write(records, token))
    }

    mutating func set(_ purpose: TimerKey.Purpose, of group: String, in milliseconds: Int64) {
        timers.set(TimerKey(group: group, purpose: purpose), at: now.monotonic &+ max(0, milliseconds))
    }

    mutating func cancel(_ purpose: TimerKey.Purpose, of group: String) {
        timers.cancel(TimerKey(group: group, purpose: purpose))
    }
}
