/// Says which quota limits a client, and who is measured together with it.
///
/// Asked with every request of a client, and again while its answer is made, on any thread and from several at a time: it
/// must not block, and cost little. Connections of an address (`connectionCreationRate`) are not its business: they are
/// limited before anything is known of a client.
///
/// An answer that is no number above 0, and an error, are not used: the quota is found in Kafka's order then, as without
/// a policy. One that fails often is left alone for a while, and the log has a line about it.
public protocol QuotaPolicy: Sendable {
    /// What limits a client; nil if nothing does.
    ///
    /// - Parameter set: the quotas that are set in the cluster now. `set.quota(kind, of: client)` is Kafka's answer.
    func quota(
        _ kind: ClientQuotaKind, for client: RequestContext, among set: any SetQuotas
    ) throws(PluginError) -> ClientQuota?

    /// Whether it limits nobody in what no quota is set for. Then it is not asked, which makes every request a little
    /// faster. False unless the policy says otherwise; read once, when the broker starts.
    var needsSetQuotas: Bool { get }

    /// Whether its answer is always Kafka's. Then it is not asked either. Read once, when the broker starts.
    var followsKafkasOrder: Bool { get }
}

extension Plugin where Self: QuotaPolicy {
    public static var kind: PluginKind { .quotaPolicy }
}

extension QuotaPolicy {
    public var needsSetQuotas: Bool { false }
    public var followsKafkasOrder: Bool { false }
}

/// The quotas that administrators have set, with `kafka-configs` for example.
public protocol SetQuotas: Sendable {
    /// What is set on exactly this entity; nil if nothing is.
    func value(_ kind: ClientQuotaKind, of entity: ClientQuotaEntity) -> Double?

    /// The quota that holds for a client of a user in Kafka's order: the first that is set, from the client of the user
    /// to any client.
    func quota(_ kind: ClientQuotaKind, user: String, clientID: String) -> ClientQuota?
}

extension SetQuotas {
    /// The quota that holds for a client in Kafka's order.
    public func quota(_ kind: ClientQuotaKind, of client: RequestContext) -> ClientQuota? {
        quota(kind, user: client.userName, clientID: client.clientID ?? "")
    }
}

extension RequestContext {
    /// The principal's name without its type, as quotas are set for it.
    public var userName: String {
        principal.firstIndex(of: ":").map { String(principal[principal.index(after: $0)...]) } ?? principal
    }
}

/// A quota that holds for a client.
public struct ClientQuota: Hashable, Sendable {
    /// How much of it may be used each second; more than 0.
    public var value: Double
    /// Who is measured together: all for whom this is the same. The names may be a policy's own, such as a tenant's.
    public var sharers: ClientQuotaEntity
    /// Whether there are only so many of these sharers as somebody has configured. Others are measured together when
    /// there are very many of them, since clients can call themselves what they like.
    public var isNamed: Bool

    public init(value: Double, sharers: ClientQuotaEntity, isNamed: Bool = false) {
        self.value = value
        self.sharers = sharers
        self.isNamed = isNamed
    }
}
