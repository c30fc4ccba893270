/// Judges listeners.
enum NetworkChecks {
    /// - Parameters:
    ///   - isWanted: whether a broker must be running there.
    ///   - clusterID: the cluster of the log directory; nil if that is not known.
    ///   - process: the running broker that has the log directory, where it is that one that is meant.
    static func findings(
        _ facts: ListenerFacts, isWanted: Bool, clusterID: String?, process: Int32? = nil
    ) -> [Finding] {
        let address = facts.address
        switch facts.answer {
        case .free where process != nil:
            return [
                .fail(
                    "listener",
                    "No broker answers at \(address), and process \(process ?? 0) has the log directory.",
                    advice:
                        "If that is the broker, say where it listens: with the --port, or the file, it was started with."
                )
            ]
        case .free where isWanted:
            return [
                .fail(
                    "listener", "No broker answers at \(address).",
                    advice: "Start it with 'broker start', or name another address with --bootstrap-server.")
            ]
        case .free: return [.ok("listener", "Nobody listens at \(address); the broker can.")]
        case .unusable(let why):
            return [
                .fail(
                    "listener", "Nobody answers at \(address), and the port cannot be opened: \(why).",
                    advice: "See who has it with 'ss -ltnp', or choose another port in listeners or with --port.")
            ]
        case .foreign(let why):
            return [
                .fail(
                    "listener", "Whoever listens at \(address) does not answer as a Kafka broker: \(why)",
                    advice: "See who has the port with 'ss -ltnp', or choose another one.")
            ]
        case .broker(let told): return broker(told, facts, clusterID)
        }
    }

    private static func broker(
        _ told: ListenerFacts.Told, _ facts: ListenerFacts, _ clusterID: String?
    ) -> [Finding] {
        let address = facts.address
        let cluster = told.clusterID ?? "(unnamed)"
        if let clusterID, let theirs = told.clusterID, theirs != clusterID {
            return [
                .fail(
                    "listener",
                    "The broker at \(address) is of cluster \(theirs); the log directory is of \(clusterID).",
                    advice: "Another broker has the port: choose another one in listeners or with --port.")
            ]
        }
        let brokers = told.brokerCount == 1 ? "1 broker" : "\(told.brokerCount) brokers"
        return [.ok("listener", "A broker of cluster \(cluster) (\(brokers)) answers at \(address).")]
            + advertised(told, facts)
    }

    private static func advertised(_ told: ListenerFacts.Told, _ facts: ListenerFacts) -> [Finding] {
        guard let advertised = told.advertised else {
            return [
                .fail(
                    "advertised", "This node is not among the brokers that clients are told.",
                    advice: "Is node.id right? A broker that is fenced is not told; /readyz says why.")
            ]
        }
        if let configured = facts.configured, configured != advertised {
            return [
                .fail(
                    "advertised", "Clients are told \(advertised); advertised.listeners says \(configured).",
                    advice: "The running broker has another configuration; restart it with this one.")
            ]
        }
        if let why = told.unreachable {
            return [
                .fail(
                    "advertised", "Clients are told \(advertised), which cannot be reached from here: \(why)",
                    advice: "Set advertised.listeners to an address by which clients reach this machine.")
            ]
        }
        return [.ok("advertised", "Clients are told \(advertised), which answers from here.")]
    }

    /// What can be said of an advertised address without a broker: addresses that mean another machine to each client.
    static func findings(advertised host: String, listenerHost: String) -> [Finding] {
        let loopback: Set<String> = ["localhost", "127.0.0.1", "::1"]
        if host.isEmpty || host == "0.0.0.0" || host == "::" {
            return [
                .fail(
                    "advertised", "advertised.listeners names '\(host)', which is no address to connect to.",
                    advice: "Set it to a name or address by which clients reach this machine, or leave it unset.")
            ]
        }
        guard loopback.contains(host), !loopback.contains(listenerHost) else { return [] }
        return [
            .warn(
                "advertised",
                "advertised.listeners names \(host): clients on other machines would connect to themselves.",
                advice: "Set it to a name or address by which clients reach this machine, or leave it unset.")
        ]
    }
}
