package import BrokerPluginAPI

/// A broker's quota policy; where it fails, quotas are found in Kafka's order.
package struct ContainedQuotaPolicy: QuotaPolicy {
    private let policy: any QuotaPolicy
    private let use: PluginUse

    package init(policy: any QuotaPolicy, use: PluginUse) {
        self.policy = policy
        self.use = use
    }

    package var needsSetQuotas: Bool { policy.needsSetQuotas }
    package var followsKafkasOrder: Bool { use.monitor.isQuarantined || policy.followsKafkasOrder }

    package func quota(
        _ kind: ClientQuotaKind, for client: RequestContext, among set: any SetQuotas
    ) -> ClientQuota? {
        let outcome = use.call(flaw: { quota in
            guard let value = quota?.value, value <= 0 || !value.isFinite else { return nil }
            return "limited a client to \(value), which is no number above 0"
        }) { () throws(PluginError) in try policy.quota(kind, for: client, among: set) }
        guard case .answer(let quota) = outcome else { return set.quota(kind, of: client) }
        return quota
    }
}
