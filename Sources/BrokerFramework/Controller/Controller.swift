package import BrokerMetadata
package import BrokerPluginAPI
package import BrokerPrimitives
package import BrokerWire

/// Decides every change of the cluster's metadata.
///
/// A decision changes nothing: it says which records would, and what to answer once they are committed. Decisions are
/// taken on `image`, which may run ahead of what is committed; the driver applies each decision's records to it
/// before the next decision is taken, and goes back to the committed image if they could not be appended.
package struct Controller: Sendable {
    /// What is decided on.
    package var image: MetadataImage
    package let settings: Settings

    package init(image: MetadataImage, settings: Settings) {
        self.image = image
        self.settings = settings
    }

    /// What the controller's own configuration says.
    package struct Settings: Sendable {
        package var defaultPartitionCount: Int
        package var defaultReplicationFactor: Int
        package var allowsTopicDeletion: Bool
        /// Gives a topic config its default, where the broker's configuration sets one.
        package var config: BrokerConfig
        /// Why a topic cannot be created in a storage, in words that say what to do; nil if it can.
        package var storageProblem: @Sendable (String) -> String? = { _ in nil }
        /// Chooses the brokers of new partitions; nil stripes them over the racks.
        package var placer: (any ReplicaPlacer)?

        package init(config: BrokerConfig, placer: (any ReplicaPlacer)? = nil) {
            self.config = config
            self.placer = placer
            defaultPartitionCount = config.int("num.partitions")
            defaultReplicationFactor = config.int("default.replication.factor")
            allowsTopicDeletion = config.flag("delete.topic.enable")
        }
    }

    /// The most partitions one request may create, as in Kafka: what one atomic batch of records may hold.
    package static let maximumPartitionsPerRequest = 10_000
}

/// Records that, once committed, make `reply` true.
package struct Decision<Reply: Sendable>: Sendable {
    package var records: [MetadataRecord]
    package var reply: Reply
    /// What operators should know of how it was decided, for the log.
    package var remarks: [String] = []

    package init(records: [MetadataRecord] = [], reply: Reply) {
        self.records = records
        self.reply = reply
    }
}

/// An answer that is an error: Kafka's code and a sentence for the user.
package struct ControllerError: Error, Hashable, Sendable {
    package var code: ErrorCode
    package var message: String

    package init(_ code: ErrorCode, _ message: String) {
        self.code = code
        self.message = message
    }
}
