package import BrokerModel

/// Where each leader's records begin: the content of `leader-epoch-checkpoint`.
///
/// Epochs and start offsets only grow. Source: KIP-101, KIP-279.
package struct LeaderEpochs: Hashable, Sendable {
    package struct Entry: Hashable, Sendable {
        package var epoch: LeaderEpoch
        package var startOffset: Offset

        package init(epoch: LeaderEpoch, startOffset: Offset) {
            self.epoch = epoch
            self.startOffset = startOffset
        }
    }

    package private(set) var entries: [Entry] = []

    package init() {}

    /// Reads entries in order; those that do not grow win over the ones before, as when they are assigned.
    package init(_ entries: [Entry]) {
        for entry in entries { assign(entry.epoch, startOffset: entry.startOffset) }
    }

    package var latest: LeaderEpoch? { entries.last?.epoch }

    /// Notes that records of `epoch` begin at `startOffset`, unless they have begun already. Returns whether that
    /// was news.
    @discardableResult
    package mutating func assign(_ epoch: LeaderEpoch, startOffset: Offset) -> Bool {
        if let last = entries.last, last.epoch == epoch, last.startOffset <= startOffset { return false }
        guard epoch >= 0 else { return false }
        while let last = entries.last, last.epoch >= epoch || last.startOffset >= startOffset { entries.removeLast() }
        entries.append(Entry(epoch: epoch, startOffset: startOffset))
        return true
    }

    /// The largest known epoch that is not above `epoch`, and the offset where it ended; −1 and −1 if `epoch` is
    /// unknown, being younger than all or no epoch.
    package func endOffset(for epoch: LeaderEpoch, logEndOffset: Offset) -> (epoch: LeaderEpoch, endOffset: Offset) {
        guard epoch >= 0, let last = entries.last, epoch <= last.epoch else { return (-1, -1) }
        if epoch == last.epoch { return (epoch, logEndOffset) }
        let next = entries.partitioningIndex { $0.epoch > epoch }
        // An epoch before all that are known ended where the first of those began.
        return (next == 0 ? epoch : entries[next - 1].epoch, entries[next].startOffset)
    }

    /// The epoch of the record at `offset`.
    package func epoch(for offset: Offset) -> LeaderEpoch? {
        let next = entries.partitioningIndex { $0.startOffset > offset }
        return next == 0 ? nil : entries[next - 1].epoch
    }

    /// Forgets epochs that begin at or beyond the log's new end.
    package mutating func truncate(toEnd endOffset: Offset) {
        entries.removeSubrange(entries.partitioningIndex { $0.startOffset >= endOffset }...)
    }

    /// Forgets epochs that ended before the log's new start; the one it lies in begins there now.
    package mutating func truncate(toStart startOffset: Offset) {
        let next = entries.partitioningIndex { $0.startOffset > startOffset }
        guard next > 0 else { return }
        entries[next - 1].startOffset = startOffset
        entries.removeFirst(next - 1)
    }
}
