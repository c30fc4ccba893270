/// What a plug-in does for the broker.
public enum PluginKind: String, Sendable, CaseIterable, Comparable {
    case partitioner
    case cleanupPolicy = "cleanup-policy"
    case recordInterceptor = "record-interceptor"
    case codec
    case storage
    case authorizer
    case principalBuilder = "principal-builder"
    case topicPolicy = "topic-policy"
    case replicaPlacer = "replica-placer"
    case quotaPolicy = "quota-policy"

    /// What the names of its plug-ins' options begin with; also the name of the config that chooses one, or several.
    public var prefix: String { facts.prefix }

    /// In a sentence.
    public var words: String { facts.words }

    /// Whether the options of these plug-ins are set for each topic, or once in the broker's configuration.
    public var isPerTopic: Bool { facts.isPerTopic }

    private var facts: (prefix: String, words: String, isPerTopic: Bool) {
        switch self {
        case .partitioner: ("partitioner", "partitioner", true)
        case .cleanupPolicy: ("cleanup.policy", "cleanup policy", true)
        case .recordInterceptor: ("interceptor", "record interceptor", true)
        case .codec: ("compression", "compression codec", true)
        case .storage: ("storage", "storage backend", false)
        case .authorizer: ("authorizer", "authorizer", false)
        case .principalBuilder: ("principal.builder", "principal builder", false)
        case .topicPolicy: ("topic.policies", "topic policy", false)
        case .replicaPlacer: ("replica.placer", "replica placer", false)
        case .quotaPolicy: ("quota.policy", "quota policy", false)
        }
    }

    public static func < (left: PluginKind, right: PluginKind) -> Bool {
        (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }
}
