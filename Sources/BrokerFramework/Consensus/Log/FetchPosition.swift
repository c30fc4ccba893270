/// What a leader finds when it compares a follower's log end with its own log.
enum FetchPosition: Hashable, Sendable {
    /// The follower's log is a prefix of the leader's.
    case valid
    /// It is not; the largest common epoch at most the follower's ends here in the leader's log.
    case diverging(OffsetAndEpoch)
    /// What the follower lacks is no longer in the log, or is cheaper to get from this snapshot.
    case snapshot(OffsetAndEpoch)
}

extension LogShape {
    /// Compares the end of a follower's log, `offset` after a record of `epoch`, with this log.
    func position(ofFetchAt offset: Int64, lastFetchedEpoch epoch: Int32) -> FetchPosition {
        if offset == 0, let latest = latestSnapshot { return .snapshot(latest.id) }
        if offset == 0, startOffset == 0 { return .valid }
        if let earliest = snapshots.first, let latest = latestSnapshot, startOffset > 0 {
            let isBefore = offset < startOffset
            let differsAtStart = offset == startOffset && epoch != earliest.id.epoch
            if isBefore || differsAtStart || epoch < earliest.id.epoch { return .snapshot(latest.id) }
        }
        let end = end(ofEpoch: epoch)
        return end.epoch == epoch && end.offset >= offset ? .valid : .diverging(end)
    }

    /// Where this log must be cut when the leader says that `divergence.epoch` ends at `divergence.offset`.
    func truncationOffset(for divergence: OffsetAndEpoch) -> Int64 {
        let own = end(ofEpoch: divergence.epoch)
        return own.epoch == divergence.epoch ? min(own.offset, divergence.offset) : own.offset
    }
}
