internal import BrokerModel
internal import BrokerPluginAPI

/// A topic's cleanup policy; where it fails, everything is kept.
package struct ContainedCleanupPolicy: Sendable {
    let policy: any CleanupPolicy
    let use: PluginUse

    package var looksAtRecords: Bool { policy is any RecordCleanupPolicy }

    /// What it wants done.
    func plan(for log: CleanupLog) -> CleanupPlan {
        guard case .answer(let plan) = use.call({ () throws(Never) in policy.plan(for: log) }) else { return .nothing }
        return plan
    }

    /// What decides in one pass; nil if it does not look at records, or fails.
    func makeFilter(for log: CleanupLog) -> (any RecordFilter)? {
        guard let policy = policy as? any RecordCleanupPolicy,
            case .answer(let filter) = use.call({ () throws(Never) in policy.makeFilter(for: log) })
        else { return nil }
        return filter
    }
}
