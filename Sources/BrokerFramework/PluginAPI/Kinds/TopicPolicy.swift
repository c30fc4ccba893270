public import BrokerModel

/// Judges what users want of topics before it is done.
///
/// Asked about every topic that somebody wants to create, be it by the first use of its name, to give more partitions, or
/// to configure anew; also for dry runs. Only what the broker itself has nothing against comes before a policy, and one
/// refused topic does not stop the others of its request. The topics that the broker makes for itself, such as
/// `__consumer_offsets`, are not judged, and neither is what changes nothing.
///
/// Called on threads of its own, several at a time, never on one that serves clients or decides for the cluster: it may
/// take its time, but who asked waits for it. It may be asked about the same change more than once, so it must not count.
public protocol TopicPolicy: Sendable {
    /// Lets a change pass by returning.
    ///
    /// - Throws: `.reject` refuses the change: the asker gets Kafka's POLICY_VIOLATION with the sentence. `.retry` asks to
    ///   try again later. With `.fallBack`, for a policy that cannot do its work, the change is refused as well, and the
    ///   broker's log has a line about it.
    func check(_ change: TopicChange, for asker: RequestContext) throws(PluginError)
}

extension Plugin where Self: TopicPolicy {
    public static var kind: PluginKind { .topicPolicy }
}

/// What somebody wants of a topic.
public struct TopicChange: Hashable, Sendable {
    public enum Operation: Hashable, Sendable {
        case create
        case addPartitions
        case alterConfigs
    }

    public var operation: Operation
    /// The topic as it is; nil if it is to be created.
    public var before: TopicDescription?
    /// The topic as it would be.
    public var after: TopicDescription
    /// What configs are where the topic sets none: the defaults, with what the broker's configuration says over them.
    public var defaults: [String: String]
    /// Whether somebody only wants to know if it could be done.
    public var isDryRun: Bool

    public init(
        _ operation: Operation, before: TopicDescription?, after: TopicDescription, defaults: [String: String] = [:],
        isDryRun: Bool = false
    ) {
        self.operation = operation
        self.before = before
        self.after = after
        self.defaults = defaults
        self.isDryRun = isDryRun
    }

    /// The topic's name.
    public var topic: String { after.name }

    /// What would hold for a config; nil for one that has no value, or that there is not.
    public func config(_ name: String) -> String? { after.configs[name] ?? defaults[name] }

    /// The configs that the topic would set to something else, or set no longer; sorted.
    public var changedConfigs: [String] {
        let old = before?.configs ?? [:]
        return Set(old.keys).union(after.configs.keys).filter { old[$0] != after.configs[$0] }.sorted()
    }

    /// How many partitions would be added.
    public var addedPartitionCount: Int { after.partitionCount - (before?.partitionCount ?? 0) }
}

/// A topic, as far as a topic policy is concerned.
public struct TopicDescription: Hashable, Sendable {
    public var name: String
    public var partitionCount: Int
    public var replicationFactor: Int
    /// The replicas of new partitions, the leader first, where the asker says them; empty where the broker places them.
    public var assignments: [[NodeID]]
    /// What the topic itself sets.
    public var configs: [String: String]

    public init(
        name: String, partitionCount: Int, replicationFactor: Int, assignments: [[NodeID]] = [],
        configs: [String: String] = [:]
    ) {
        self.name = name
        self.partitionCount = partitionCount
        self.replicationFactor = replicationFactor
        self.assignments = assignments
        self.configs = configs
    }
}
