public import BrokerPluginAPI

/// Holds topics to limits of size, safety and age, and keeps configs from being set.
///
/// Only what a change brings about is judged: a topic that was beyond a limit before the limit was set can still be
/// changed in other ways.
public struct TopicLimits: TopicPolicy, Plugin {
    public static let name = "limits"
    public static let summary = "Not too many partitions, enough replicas, no longer kept than allowed."

    public struct Configuration: PluginConfiguration {
        public var partitionsMax = 0
        public var replicationFactorMin = 0
        public var retentionMax = Duration.zero
        public var configsLocked: [String] = []

        public init() {}

        public static let schema = PluginSchema<Configuration> {
            ConfigKey(
                "partitions.max", \.partitionsMax, "How many partitions a topic may have; 0 for any number.",
                in: 0...1_000_000)
            ConfigKey(
                "replication.factor.min", \.replicationFactorMin,
                "How many replicas new partitions must have at least; 0 for any number.", in: 0...32_767)
            ConfigKey(
                "retention.max", \.retentionMax,
                "How long a topic may keep records at most, if it deletes old ones; 0 for any time.",
                in: .zero ... .seconds(86_400 * 36_500))
            ConfigKey(
                "configs.locked", \.configsLocked,
                "Configs that users must not set or change on topics, such as min.insync.replicas.")
        }
    }

    private let limits: Configuration

    public init(_ configuration: Configuration) { limits = configuration }

    public func check(_ change: TopicChange, for asker: RequestContext) throws(PluginError) {
        let count = change.after.partitionCount
        if change.addedPartitionCount > 0, limits.partitionsMax > 0, count > limits.partitionsMax {
            throw .reject("A topic may have at most \(limits.partitionsMax) partitions; \(count) were asked for.")
        }
        let factor = change.after.replicationFactor
        if change.addedPartitionCount > 0, factor < limits.replicationFactorMin {
            throw .reject(
                "A topic must have at least \(limits.replicationFactorMin) replicas of each partition; "
                    + "\(factor) were asked for.")
        }
        let changed = change.changedConfigs
        if let locked = changed.first(where: limits.configsLocked.contains) {
            throw .reject("'\(locked)' must not be set or changed on topics.")
        }
        if change.operation == .create || changed.contains("retention.ms") || changed.contains("cleanup.policy") {
            try checkRetention(change)
        }
    }

    private func checkRetention(_ change: TopicChange) throws(PluginError) {
        guard limits.retentionMax > .zero,
            ConfigDefinition.items(of: change.config("cleanup.policy") ?? "").contains("delete"),
            let milliseconds = change.config("retention.ms").flatMap({ Int64($0) })
        else { return }
        if milliseconds < 0 || .milliseconds(milliseconds) > limits.retentionMax {
            throw .reject(
                "A topic may keep records for \(limits.retentionMax.configText) at most; set retention.ms to "
                    + "\(limits.retentionMax.wholeMilliseconds) or less.")
        }
    }
}
