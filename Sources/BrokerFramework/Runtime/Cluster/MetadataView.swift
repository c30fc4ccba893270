package import BrokerMetadata
internal import Synchronization

/// The newest committed image of the cluster's metadata, for everyone to read.
///
/// Reading costs a lock and a reference; an image that was read stays as it is.
package final class MetadataView: Sendable {
    private final class Box: Sendable {
        let image: MetadataImage
        init(_ image: MetadataImage) { self.image = image }
    }

    private let box = Mutex(Box(MetadataImage()))

    package init() {}

    package var image: MetadataImage { box.withLock { $0 }.image }

    package func publish(_ image: MetadataImage) { box.withLock { $0 = Box(image) } }
}
