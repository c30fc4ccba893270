package import BrokerMetadata

/// Where metrics and health are to be served.
package struct HTTPListenerPlan: Hashable, Sendable {
    package struct Address: Hashable, Sendable, CustomStringConvertible {
        package var host: String
        package var port: Int

        package init(host: String, port: Int) {
            self.host = host
            self.port = port
        }

        package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    }

    /// What to try, in this order; none if it is off.
    package let addresses: [Address]
    /// Whether somebody set it, so that the broker must not start without.
    package let isWanted: Bool

    /// Brokers that share a machine must not fail for a port that nobody asked for: where `http.listener` is not set
    /// and the clients' port is a free one, so is this; a port that is taken is replaced by a free one.
    package init(_ config: BrokerConfig) throws(BrokerStartError) {
        let text = config.text("http.listener") ?? "off"
        isWanted = config.values["http.listener"] != nil
        guard text != "off" else {
            addresses = []
            return
        }
        // The form of a listener, for one parser.
        guard let listener = Listener("HTTP://" + text) else {
            throw BrokerStartError(
                "http.listener is '\(text)'; it must be host:port, such as 127.0.0.1:9644, or 'off'.")
        }
        let wanted = Address(host: listener.host.isEmpty ? "0.0.0.0" : listener.host, port: listener.port)
        guard !isWanted else {
            addresses = [wanted]
            return
        }
        let free = Address(host: wanted.host, port: 0)
        let usesFreePorts = config.list("listeners").compactMap { Listener($0) }.contains { $0.port == 0 }
        addresses = usesFreePorts ? [free] : [wanted, free]
    }
}
