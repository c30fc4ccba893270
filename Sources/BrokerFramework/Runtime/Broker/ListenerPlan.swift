import BrokerMetadata

/// Which addresses a broker listens on, and which it tells.
struct ListenerPlan: Sendable {
    /// The listeners for clients; those of the controller are not served by a quorum of one.
    let brokerListeners: [Listener]
    /// What `advertised.listeners` sets; empty if clients are told the address they used.
    let advertised: [Listener]

    init(_ config: BrokerConfig) throws(BrokerStartError) {
        let controllerNames = Set(config.list("controller.listener.names").map { $0.uppercased() })
        let all = try Self.parse(config.list("listeners"), key: "listeners")
        brokerListeners = all.filter { !controllerNames.contains($0.name) }
        advertised = try Self.parse(config.list("advertised.listeners"), key: "advertised.listeners")
        guard !brokerListeners.isEmpty else {
            throw BrokerStartError("No listener for clients is configured; set listeners=PLAINTEXT://:9092.")
        }
        try Self.checkProtocols(brokerListeners, config)
        if let unknown = advertised.first(where: { wanted in
            !all.contains { $0.name == wanted.name }
        }) {
            throw BrokerStartError("advertised.listeners names \(unknown.name), which is not among listeners.")
        }
    }

    private static func parse(_ texts: [String], key: String) throws(BrokerStartError) -> [Listener] {
        var listeners: [Listener] = []
        for text in texts {
            guard let listener = Listener(text) else {
                throw BrokerStartError("'\(text)' in \(key) is not an address of the form NAME://host:port.")
            }
            if listeners.contains(where: { $0.name == listener.name }) {
                throw BrokerStartError("The listener \(listener.name) is named twice in \(key).")
            }
            listeners.append(listener)
        }
        return listeners
    }

    private static func checkProtocols(_ listeners: [Listener], _ config: BrokerConfig) throws(BrokerStartError) {
        var protocols: [String: String] = [:]
        for entry in config.list("listener.security.protocol.map") {
            let parts = entry.split(separator: ":")
            if parts.count == 2 { protocols[parts[0].uppercased()] = parts[1].uppercased() }
        }
        for listener in listeners {
            let name = protocols[listener.name] ?? (listener.name.hasSuffix("PLAINTEXT") ? "PLAINTEXT" : listener.name)
            guard name == "PLAINTEXT" || protocols.isEmpty && !["SSL", "SASL_PLAINTEXT", "SASL_SSL"].contains(name)
            else {
                throw BrokerStartError(
                    "The listener \(listener.name) asks for \(name); only PLAINTEXT is served so far.")
            }
        }
    }

    /// Where this node's controller would be found.
    static func controllerAddress(_ config: BrokerConfig) -> Listener {
        let names = Set(config.list("controller.listener.names").map { $0.uppercased() })
        let found = config.list("listeners").compactMap(Listener.init).first { names.contains($0.name) }
        var listener = found ?? Listener(name: "CONTROLLER", host: "localhost", port: 9093)
        if listener.host.isEmpty { listener.host = "localhost" }
        return listener
    }

    /// The endpoints to register: advertised, or as bound.
    func endpoints(_ bound: [Broker.BoundListener]) -> [BrokerImage.Endpoint] {
        bound.map { listener in
            let told = advertised.first { $0.name == listener.name }
            let host = told?.host ?? (listener.host.isEmpty ? "localhost" : listener.host)
            return BrokerImage.Endpoint(
                name: listener.name, host: host, port: UInt16(clamping: told?.port ?? listener.port),
                securityProtocol: 0)
        }
    }
}
