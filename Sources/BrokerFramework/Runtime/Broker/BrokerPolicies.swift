internal import BrokerMetadata
public import BrokerPluginAPI

/// The plug-ins that rule over a broker as a whole, beside what it stores and who may do what. Where one is missing, the
/// broker does what Kafka does without.
public struct BrokerPolicies: Sendable {
    /// A topic policy under the name that users know it by.
    public struct NamedTopicPolicy: Sendable {
        public var name: String
        public var policy: any TopicPolicy

        public init(_ name: String, _ policy: any TopicPolicy) {
            self.name = name
            self.policy = policy
        }
    }

    /// Judge changes of topics, in this order; none lets everything pass.
    public var topicPolicies: [NamedTopicPolicy]
    /// Chooses the brokers of new partitions; nil stripes them over the racks.
    public var replicaPlacer: (any ReplicaPlacer)?
    /// Says which quota limits a client; nil for Kafka's order.
    public var quotaPolicy: (any QuotaPolicy)?
    /// Says who a connection is from; nil for `User:ANONYMOUS`.
    public var principalBuilder: (any PrincipalBuilder)?

    public init(
        topicPolicies: [NamedTopicPolicy] = [], replicaPlacer: (any ReplicaPlacer)? = nil,
        quotaPolicy: (any QuotaPolicy)? = nil, principalBuilder: (any PrincipalBuilder)? = nil
    ) {
        self.topicPolicies = topicPolicies
        self.replicaPlacer = replicaPlacer
        self.quotaPolicy = quotaPolicy
        self.principalBuilder = principalBuilder
    }

    /// Those that `config` chooses among the plug-ins it knows.
    ///
    /// - Throws: what cannot be made.
    init(_ config: BrokerConfig) throws(PluginError) {
        self.init()
        for name in config.list(PluginKind.topicPolicy.prefix) {
            guard let chosen = config.schemas.plugins[.topicPolicy, name] else { continue }
            topicPolicies.append(.init(name, try chosen.instance { config.text($0) }))
        }
        replicaPlacer = try Self.chosen(.replicaPlacer, config)
        quotaPolicy = try Self.chosen(.quotaPolicy, config)
        principalBuilder = try Self.chosen(.principalBuilder, config)
    }

    private static func chosen<Instance>(
        _ kind: PluginKind, _ config: BrokerConfig
    ) throws(PluginError) -> Instance? {
        guard let chosen = config.text(kind.prefix).flatMap({ config.schemas.plugins[kind, $0] }) else { return nil }
        return try chosen.instance(of: Instance.self) { config.text($0) }
    }
}
