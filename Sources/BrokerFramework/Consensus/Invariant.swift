/// What must hold whatever the network says. A violation is a bug of ours or of the driver, and stops the process with its name.
enum Invariant: String {
    case legalTransition
    case appendsAtTheEnd
    case epochsNeverDecrease
    case truncatesInsideTheLog
    case highWatermarkNeverGoesBack
    case snapshotAtMostAtHighWatermark
    case logStartsAtSnapshot
    case startsOnce

    /// Stops the process if `holds` is false; in release builds too.
    @inline(__always)
    func require(_ holds: Bool, _ detail: @autoclosure () -> String = "") {
        if !holds { fail(detail()) }
    }

    @inline(never)
    private func fail(_ detail: String) -> Never {
        preconditionFailure("Raft invariant \(rawValue) does not hold. \(detail)")
    }
}

/// Why a replica gave up. Unlike an invariant these follow from what others said or from what the disk lost, so they are
/// told to the driver and do not trap: the replica does nothing any more, and the process should stop for a person to look.
package enum Fault: Hashable, Sendable {
    /// The leader's log contradicts records that were committed.
    case truncationBelowHighWatermark(offset: Int64, highWatermark: Int64)
    /// The leader sends a snapshot that is older than what was committed here.
    case snapshotBelowHighWatermark(OffsetAndEpoch, highWatermark: Int64)
    /// There is no next epoch.
    case epochsExhausted(epoch: Int32)
}
