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
        let outcome = use.call { () throws(PluginError) in try policy.quota(kind, for: client, among: set) }
        guard case .answer(let quota) = outcome else { return set.quota(kind, of: client) }
        guard let quota else { return nil }
        if quota.value > 0, quota.value.isFinite { return quota }
        use.misbehaved("it limited a client to \(quota.value), which is no number above 0")
        return set.quota(kind, of: client)
    }
}
