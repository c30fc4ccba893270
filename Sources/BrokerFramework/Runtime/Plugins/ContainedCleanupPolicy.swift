internal import BrokerModel
internal import BrokerPluginAPI

/// A topic's cleanup policy; where it fails, everything is kept.
package struct ContainedCleanupPolicy: Sendable {
    let policy: any CleanupPolicy
    let use: PluginUse

    package var looksAtRecords: Bool { policy is any RecordCleanupPolicy }

    /// What it wants done; nothing if that makes no sense.
    func plan(for log: CleanupLog) -> CleanupPlan {
        let outcome = use.call(flaw: { Self.flaw(of: $0, for: log) }) { () throws(Never) in policy.plan(for: log) }
        guard case .answer(let plan) = outcome else { return .nothing }
        return plan
    }

    /// Who wants to delete what is not there to be deleted has misunderstood the log: nothing of it is deleted then.
    private static func flaw(of plan: CleanupPlan, for log: CleanupLog) -> String? {
        let sealed = log.segments.last?.nextOffset ?? log.logStartOffset
        let end = max(plan.sealsActive ? log.active?.nextOffset ?? sealed : sealed, log.logStartOffset)
        guard let below = plan.deleteBelow, below > end else { return nil }
        return "wants everything below offset \(below) deleted, and what may be deleted ends at \(end)"
    }

    /// What decides in one pass; nil if it does not look at records, or fails.
    func makeFilter(for log: CleanupLog) -> (any RecordFilter)? {
        guard let policy = policy as? any RecordCleanupPolicy,
            case .answer(let filter) = use.call({ () throws(Never) in policy.makeFilter(for: log) })
        else { return nil }
        return filter
    }
}
