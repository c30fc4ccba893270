public import BrokerPluginAPI

/// Kafka's order of quotas: the first that is set, from the client of a user to any client.
public struct EntityQuotas: QuotaPolicy, Plugin {
    public static let name = "entities"
    public static let summary = "The quota set for the user and client id, or for either, in Kafka's order."

    public init(_ configuration: NoConfiguration = NoConfiguration()) {}

    public var needsSetQuotas: Bool { true }
    public var followsKafkasOrder: Bool { true }

    public func quota(
        _ kind: ClientQuotaKind, for client: RequestContext, among set: any SetQuotas
    ) -> ClientQuota? { set.quota(kind, of: client) }
}
