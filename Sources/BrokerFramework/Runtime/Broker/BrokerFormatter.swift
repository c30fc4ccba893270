import BrokerCommitLog
public import BrokerMetadata
import BrokerPrimitives
import BrokerWorld

/// Formats log directories: what `broker format` does.
public enum BrokerFormatter {
    /// Whose a directory is now.
    public struct Outcome: Hashable, Sendable {
        public var clusterID: String
        public var nodeID: Int32
        /// False if it was formatted before.
        public var isNew: Bool
    }

    /// Formats the configured log directory. May block.
    ///
    /// - Parameter clusterID: the cluster's id; nil for a random one.
    public static func format(
        config: BrokerConfig, plugins: BrokerPlugins, clusterID: String?, ignoresFormatted: Bool
    ) throws -> Outcome {
        if let clusterID, KafkaUUID(clusterID) == nil {
            throw BrokerStartError("'\(clusterID)' is no cluster id: it must be 22 characters of URL-safe base64.")
        }
        let path = config.logDirectories[0]
        let storage = try plugins.storage(path)
        if try LogDirectoryFormat.isFormatted(storage) {
            guard ignoresFormatted else {
                throw BrokerStartError("\(path) is formatted already. Use --ignore-formatted to accept that.")
            }
            let opened = try LogDirectoryFormat.meta(storage)
            return Outcome(clusterID: opened.clusterID, nodeID: opened.nodeID, isNew: false)
        }
        var generator = World.system.generator
        let outcome = try LogDirectoryFormat.write(
            storage, clusterID: clusterID, nodeID: config.nodeID, controller: ListenerPlan.controllerAddress(config),
            generator: &generator, now: World.system.wallMilliseconds())
        return Outcome(clusterID: outcome.clusterID, nodeID: outcome.nodeID, isNew: true)
    }
}
