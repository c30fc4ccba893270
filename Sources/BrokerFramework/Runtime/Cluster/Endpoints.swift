package import BrokerMetadata
package import BrokerModel
package import BrokerNetwork

/// Where clients are told to find the brokers.
package struct Endpoints: Sendable {
    /// A host and a port.
    package struct Address: Hashable, Sendable {
        package var host: String
        package var port: Int32
    }

    private let nodeID: NodeID
    /// What `advertised.listeners` says, by the listener's name.
    private let advertised: [String: Listener]

    package init(nodeID: NodeID, advertised: [Listener]) {
        self.nodeID = nodeID
        self.advertised = Dictionary(advertised.map { ($0.name, $0) }) { first, _ in first }
    }

    /// The address of `broker` for a client that came in through `peer`; nil if it has none for that listener.
    ///
    /// Where nothing is advertised for this broker, the client is told the address it used itself: that one works.
    package func address(of broker: BrokerImage, for peer: Peer) -> Address? {
        if broker.id == nodeID {
            guard let listener = advertised[peer.listener] else {
                return Address(host: peer.localHost, port: Int32(clamping: peer.localPort))
            }
            return Address(host: listener.host, port: Int32(clamping: listener.port))
        }
        return broker.endpoints.first { $0.name == peer.listener }.map { endpoint in
            Address(host: endpoint.host, port: Int32(endpoint.port))
        }
    }
}
