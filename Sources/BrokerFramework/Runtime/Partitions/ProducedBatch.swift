package import BrokerPluginAPI
package import NIOCore

/// What a client sent for one partition.
package struct ProducedBatch: Sendable {
    package var bytes: ByteBuffer?
    /// Of the Produce request.
    package var version: Int16
    /// Whether the request names a transactional id.
    package var isTransactional = false
    package var acks: Int16
    package var client: RequestContext

    package init(
        _ bytes: ByteBuffer?, version: Int16, isTransactional: Bool = false, acks: Int16, client: RequestContext
    ) {
        self.bytes = bytes
        self.version = version
        self.isTransactional = isTransactional
        self.acks = acks
        self.client = client
    }
}
