/// What a plug-in does for the broker.
public enum PluginKind: String, Sendable, CaseIterable, Comparable {
    case partitioner
    case cleanupPolicy = "cleanup-policy"
    case codec
    case authorizer
    case storage

    /// What the names of its plug-ins' options begin with; also the name of the config that chooses one.
    public var prefix: String {
        switch self {
        case .partitioner: "partitioner"
        case .cleanupPolicy: "cleanup.policy"
        case .codec: "compression"
        case .authorizer: "authorizer"
        case .storage: "storage"
        }
    }

    /// In a sentence.
    public var words: String {
        switch self {
        case .partitioner: "partitioner"
        case .cleanupPolicy: "cleanup policy"
        case .codec: "compression codec"
        case .authorizer: "authorizer"
        case .storage: "storage backend"
        }
    }

    /// Whether the options of these plug-ins are set for each topic, or once in the broker's configuration.
    public var isPerTopic: Bool {
        switch self {
        case .partitioner, .cleanupPolicy, .codec: true
        case .authorizer, .storage: false
        }
    }

    public static func < (left: PluginKind, right: PluginKind) -> Bool {
        (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }
}
