package import BrokerCommitLog
package import BrokerMetadata
package import BrokerModel
package import BrokerPluginAPI
package import BrokerPrimitives
import BrokerWorld

/// Makes a directory ready to be a broker's: whose it is, and what the cluster's metadata begins with.
package enum LogDirectoryFormat {
    /// What was written.
    package struct Outcome: Hashable, Sendable {
        package var clusterID: String
        package var nodeID: NodeID
        package var directoryID: KafkaUUID
    }

    /// Formats a directory. May block.
    package static func write(
        _ storage: any StorageBackend, clusterID: String?, nodeID: NodeID, controller: Listener,
        generator: inout some RandomNumberGenerator, now: Timestamp
    ) throws -> Outcome {
        let outcome = Outcome(
            clusterID: clusterID ?? KafkaUUID.random(using: &generator).description, nodeID: nodeID,
            directoryID: KafkaUUID.random(using: &generator))
        let voter = MetadataBootstrap.Voter(
            id: nodeID, directoryID: outcome.directoryID, listener: controller.name, host: controller.host,
            port: UInt16(clamping: controller.port))
        try MetadataBootstrap.write(voter: voter, storage: storage, now: now)
        // Last, since it says that the rest is there.
        try LogDirectory.format(
            storage,
            MetaProperties(clusterID: outcome.clusterID, nodeID: nodeID, directoryID: outcome.directoryID))
        return outcome
    }

    /// Whose a formatted directory is.
    package static func meta(_ storage: any StorageBackend) throws -> MetaProperties {
        let file = storage.file(MetaProperties.fileName)
        defer { file.close() }
        guard let meta = MetaProperties(try file.read(at: 0, count: 1 << 16)) else {
            throw BrokerStartError("\(MetaProperties.fileName) is damaged; restore it, or format another directory.")
        }
        return meta
    }

    /// Whether a directory was formatted.
    package static func isFormatted(_ storage: any StorageBackend) throws(StorageError) -> Bool {
        try storage.list("").contains { $0.name == MetaProperties.fileName }
    }
}

extension LogDirectoryFormat {
    /// Sees to it that a directory is formatted before it is opened.
    static func check(
        _ storage: any StorageBackend, config: BrokerConfig, formats: Bool, path: String, controller: () -> Listener,
        generator: () -> World.Generator, now: () -> Timestamp
    ) throws {
        guard try !isFormatted(storage) else { return }
        guard formats else {
            throw BrokerStartError("\(path) is not formatted. Run 'broker format --data \(path)' first.")
        }
        let foreign = try storage.list("").filter {
            $0.name != ".lock" && $0.name != "lost+found" && !$0.name.hasPrefix(MetadataLog.directory)
                && $0.name != MetadataBootstrap.fileName
        }
        guard foreign.isEmpty else {
            throw BrokerStartError(
                "\(path) is not a broker's directory, but not empty either (\(foreign[0].name), …). "
                    + "Choose another directory with --data.")
        }
        var generator = generator()
        _ = try write(
            storage, clusterID: nil, nodeID: config.nodeID, controller: controller(), generator: &generator, now: now())
    }
}
