/// Names one request to make the log durable.
package struct FlushToken: Hashable, Sendable, Comparable {
    package let value: UInt64

    package init(value: UInt64) { self.value = value }

    package static func < (left: FlushToken, right: FlushToken) -> Bool { left.value < right.value }
}

/// How much of the log is known to be durable, and what will be when flushes under way complete.
///
/// Flushes are named by token and not by offset: after a truncation an offset means other records, and a late word of
/// the earlier flush must not make them durable.
struct PendingFlushes: Hashable, Sendable {
    private(set) var durableEndOffset: Int64
    private var pending: [(token: FlushToken, endOffset: Int64)] = []
    private var last: UInt64 = 0

    init(durableEndOffset: Int64) { self.durableEndOffset = durableEndOffset }

    /// Notes that everything up to `endOffset` has been asked to be flushed.
    mutating func request(upTo endOffset: Int64) -> FlushToken {
        last += 1
        let token = FlushToken(value: last)
        pending.append((token, endOffset))
        return token
    }

    /// Notes that `token`, and with it every earlier one, has completed.
    mutating func complete(_ token: FlushToken) {
        while let first = pending.first, first.token <= token {
            durableEndOffset = max(durableEndOffset, first.endOffset)
            pending.removeFirst()
        }
    }

    mutating func truncate(to offset: Int64) {
        durableEndOffset = min(durableEndOffset, offset)
        for index in pending.indices { pending[index].endOffset = min(pending[index].endOffset, offset) }
    }

    /// The log begins anew at `offset`, durably.
    mutating func reset(to offset: Int64) {
        pending = []
        durableEndOffset = offset
    }

    static func == (left: PendingFlushes, right: PendingFlushes) -> Bool {
        left.durableEndOffset == right.durableEndOffset && left.last == right.last
            && left.pending.elementsEqual(right.pending, by: ==)
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(durableEndOffset)
        hasher.combine(last)
    }
}
