package import BrokerModel
package import BrokerPrimitives
package import BrokerWire

/// What a coordinator knows about the keys of one partition of its log: a pure value.
///
/// The driver feeds it: first `replay` for every record of the log, then `loaded`, from then on requests (the methods of
/// the type itself), `passed` when `nextDeadline` has come, and `written` for each write it asked for. After each of
/// these the driver takes the effects and carries them out in order.
///
/// What must outlive the broker is written before it counts: a shard asks for a write, goes on waiting, and answers when
/// it hears that the write is committed.
package protocol CoordinatorShard: Sendable {
    associatedtype Record: WireCoordinatorRecord
    associatedtype Reply: Sendable & Equatable

    /// Takes over a committed record of the log, while it is loaded.
    mutating func replay(_ record: Record)
    /// The log has been replayed to its end; requests follow.
    mutating func loaded(at now: CoordinatorTime)
    /// The deadline has come.
    mutating func passed(to now: CoordinatorTime)
    /// A write is committed, or has failed: nothing of it counts then.
    mutating func written(_ token: WriteToken, _ failure: ErrorCode?, at now: CoordinatorTime)
    /// Another broker takes over: every parked call is answered with `code`.
    mutating func resigned(with code: ErrorCode)
    /// Topics were deleted.
    mutating func removed(topics: [String], at now: CoordinatorTime)

    /// On the monotonic clock, in milliseconds; nil if nothing is waited for.
    var nextDeadline: Int64? { get }
    /// What is to be done now, in order. Taken effects are forgotten.
    mutating func takeEffects() -> [CoordinatorEffect<Record, Reply>]
    /// The versions in which the values of the shard's records are written.
    static func valueVersion(of record: Record) -> Int16
}

/// The time of a step, on both clocks.
package struct CoordinatorTime: Hashable, Sendable {
    /// Deadlines are on this one.
    package var monotonic: Int64
    /// What is written down is on this one.
    package var wall: Timestamp

    package init(monotonic: Int64, wall: Timestamp) {
        self.monotonic = monotonic
        self.wall = wall
    }
}

/// Names a request that waits for its reply.
package struct CallToken: Hashable, Sendable {
    package let value: UInt64
    package init(_ value: UInt64) { self.value = value }
}

/// Names a write that is under way.
package struct WriteToken: Hashable, Sendable {
    package let value: UInt64
    package init(_ value: UInt64) { self.value = value }
}

/// What a shard asks for.
package enum CoordinatorEffect<Record: WireCoordinatorRecord, Reply: Sendable & Equatable>: Equatable, Sendable {
    /// Append the records to the shard's partition, and say so with `written`.
    case write([Record], WriteToken)
    /// Answer a call.
    case reply(CallToken, Reply)
}

/// Where the keys of a coordinator live.
package enum CoordinatorPartitioning {
    /// The partition of `key` among `count`: Java's hash of the string, as every Kafka broker computes it.
    package static func partition(of key: String, count: Int) -> PartitionIndex {
        var hash: Int32 = 0
        for unit in key.utf16 { hash = hash &* 31 &+ Int32(unit) }
        guard count > 0, hash != .min else { return 0 }
        return abs(hash) % Int32(clamping: count)
    }
}
