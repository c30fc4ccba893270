import BrokerController
package import BrokerMetadata

/// The features of the cluster this broker can work with.
package enum BrokerFeatures {
    package static let supported: [BrokerImage.Feature] = [
        BrokerImage.Feature(name: "kraft.version", minimum: 0, maximum: 1),
        BrokerImage.Feature(
            name: "metadata.version", minimum: Controller.oldestMetadataVersion,
            maximum: Controller.latestMetadataVersion),
    ]
}
