import BrokerFramework

/// Client ids look like `acme.app-7`; all clients of a tenant share what is set for the client id `acme`.
public struct ByTenant: QuotaPolicy, Plugin {
    public static let name = "by-tenant"
    public static let summary = "A tenant's clients share the quota of the tenant."

    public let needsSetQuotas = true

    public init(_ configuration: NoConfiguration) {}

    public func quota(
        _ kind: ClientQuotaKind, for client: RequestContext, among set: any SetQuotas
    ) throws(PluginError) -> ClientQuota? {
        let tenant = ClientQuotaEntity(clientID: .exactly(String((client.clientID ?? "").prefix { $0 != "." })))
        guard let value = set.value(kind, of: tenant) else { return set.quota(kind, of: client) }
        return ClientQuota(value: value, sharers: tenant, isNamed: true)
    }
}
