public import BrokerModel

extension PluginRegistration {
    /// A topic policy that is one function: it answers with a sentence that says why a change is refused, or nil to let it
    /// pass. See ``TopicPolicy`` for what it promises.
    ///
    /// ```swift
    /// Use(.topicPolicy("no-dots") { change in change.topic.contains(".") ? "A topic's name must have no dot." : nil })
    /// ```
    public static func topicPolicy(
        _ name: String, summary: String = "A function.", file: StaticString = #fileID, line: UInt = #line,
        _ refusal: @escaping @Sendable (TopicChange) -> String?
    ) -> PluginRegistration {
        PluginRegistration(.topicPolicy, name: name, summary: summary, typeName: "\(file):\(line)") { _ in
            ClosureTopicPolicy(refusal: refusal)
        }
    }

    /// A principal builder that is one function: it answers with the principal, or nil to close the connection. See
    /// ``PrincipalBuilder`` for what it promises.
    public static func principalBuilder(
        _ name: String, summary: String = "A function.", file: StaticString = #fileID, line: UInt = #line,
        _ principal: @escaping @Sendable (AuthenticationContext) -> String?
    ) -> PluginRegistration {
        PluginRegistration(.principalBuilder, name: name, summary: summary, typeName: "\(file):\(line)") { _ in
            ClosurePrincipalBuilder(principal: principal)
        }
    }

    /// A replica placer that is one function: it answers with each new partition's replicas, or nil to have them striped.
    /// See ``ReplicaPlacer`` for what it promises.
    public static func replicaPlacer(
        _ name: String, summary: String = "A function.", file: StaticString = #fileID, line: UInt = #line,
        _ place: @escaping @Sendable (PlacementRequest) -> [[NodeID]]?
    ) -> PluginRegistration {
        PluginRegistration(.replicaPlacer, name: name, summary: summary, typeName: "\(file):\(line)") { _ in
            ClosureReplicaPlacer(function: place)
        }
    }

    /// A quota policy that is one function of the kind of quota, the client, and the quotas that are set. See
    /// ``QuotaPolicy`` for what it promises.
    public static func quotaPolicy(
        _ name: String, summary: String = "A function.", file: StaticString = #fileID, line: UInt = #line,
        _ quota: @escaping @Sendable (ClientQuotaKind, RequestContext, any SetQuotas) -> ClientQuota?
    ) -> PluginRegistration {
        PluginRegistration(.quotaPolicy, name: name, summary: summary, typeName: "\(file):\(line)") { _ in
            ClosureQuotaPolicy(function: quota)
        }
    }
}

private struct ClosureTopicPolicy: TopicPolicy {
    let refusal: @Sendable (TopicChange) -> String?
    func check(_ change: TopicChange, for asker: RequestContext) throws(PluginError) {
        if let sentence = refusal(change) { throw .reject(sentence) }
    }
}

private struct ClosurePrincipalBuilder: PrincipalBuilder {
    let principal: @Sendable (AuthenticationContext) -> String?
    func principal(for connection: AuthenticationContext) throws(PluginError) -> String {
        guard let principal = principal(connection) else { throw .reject("It is not welcome.") }
        return principal
    }
}

private struct ClosureReplicaPlacer: ReplicaPlacer {
    let function: @Sendable (PlacementRequest) -> [[NodeID]]?
    func place(_ request: PlacementRequest) throws(PluginError) -> [[NodeID]] {
        if let replicas = function(request) { replicas } else { try request.striped() }
    }
}

private struct ClosureQuotaPolicy: QuotaPolicy {
    let function: @Sendable (ClientQuotaKind, RequestContext, any SetQuotas) -> ClientQuota?
    func quota(_ kind: ClientQuotaKind, for client: RequestContext, among set: any SetQuotas) -> ClientQuota? {
        function(kind, client, set)
    }
}
