package import BrokerCoordinators
package import BrokerModel
package import BrokerPrimitives

/// The writes of a shard that lie in its log and do not count yet, in the order in which they lie there.
///
/// They count in that order, too, in whichever order the flushes come back: otherwise the shard would remember something
/// else than whoever loads its log.
package struct UnflushedWrites: Sendable {
    private struct Write: Sendable {
        var end: Offset
        var token: WriteToken
        /// Whether the topic wanted a flush when this was written. Only so long are those behind it held up.
        var mustFlush: Bool
    }

    private var writes: [Write] = []

    package init() {}

    package var isEmpty: Bool { writes.isEmpty }

    /// Notes a write that ends before `end`. Answers whether it counts at once.
    package mutating func append(_ token: WriteToken, end: Offset, mustFlush: Bool) -> Bool {
        if writes.isEmpty, !mustFlush { return true }
        writes.append(Write(end: end, token: token, mustFlush: mustFlush))
        return false
    }

    /// All below `end` is on the disk, or could not be brought there: answers the writes that are decided by that.
    package mutating func flushed(upTo end: Offset, succeeded: Bool) -> [(token: WriteToken, failure: ErrorCode?)] {
        var decided: [(token: WriteToken, failure: ErrorCode?)] = []
        for write in writes {
            if write.end <= end {
                decided.append((write.token, succeeded ? nil : .kafkaStorageError))
            } else if !write.mustFlush {
                decided.append((write.token, nil))
            } else {
                break
            }
        }
        writes.removeFirst(decided.count)
        return decided
    }

    package mutating func removeAll() { writes = [] }
}
