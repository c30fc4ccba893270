internal import BrokerRuntime
internal import BrokerWorld

/// What is said on standard output when a broker serves.
struct ReadyLine {
    let value: JSONValue

    /// - Parameter topics: what it was given to begin with; nil if it was not asked for any.
    init(_ broker: Broker, topics: [String]? = nil) {
        let listeners = broker.listeners.map { (name: $0.name, host: Self.reachable($0.host), port: $0.port) }
        var members: [JSONValue.Member] = [
            .init(name: "event", value: .string("ready")), .init(name: "nodeId", value: .integer(broker.nodeID)),
            .init(name: "clusterId", value: .string(broker.clusterID)),
            .init(
                name: "bootstrapServers",
                value: .string(listeners.map { Self.address($0.host, $0.port) }.joined(separator: ","))),
            .init(
                name: "listeners",
                value: .array(broker.listeners.map(Self.json))),
        ]
        if let topics { members.append(.init(name: "topics", value: .array(topics.map(JSONValue.string)))) }
        members.append(
            .init(
                name: "millisecondsSinceExec", value: .number((ProcessUsage.current.ageSeconds * 1e5).rounded() / 100)))
        members.append(.init(name: "http", value: broker.httpListener.map(Self.json) ?? .null))
        value = .object(members)
    }

    private static func json(_ listener: Broker.BoundListener) -> JSONValue {
        ["name": .string(listener.name), "host": .string(reachable(listener.host)), "port": .integer(listener.port)]
    }

    /// An address of this machine, where the broker listens on all of them.
    static func reachable(_ host: String) -> String {
        ["", "0.0.0.0", "::"].contains(host) ? "127.0.0.1" : host
    }

    private static func address(_ host: String, _ port: Int) -> String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    func print() {
        var output = Output()
        output.line(value)
        output.flush()
    }
}
