internal import ArgumentParser
internal import BrokerClient
internal import BrokerMetadata
internal import BrokerModel
internal import BrokerPluginAPI

/// Whose configuration is meant: exactly one of the options.
struct ConfigTarget: ParsableArguments {
    @Option(
        name: [.short, .long], help: ArgumentHelp("The topic of that name.", valueName: "name"),
        completion: .custom(Candidates.topics))
    var topic: String?
    @Option(
        help: ArgumentHelp("The broker of that id.", valueName: "id"), completion: .custom(Candidates.brokers))
    var broker: Int32?
    @Flag(help: "The defaults of all brokers of the cluster.")
    var allBrokers = false
    @Option(
        name: [.short, .long], help: ArgumentHelp("The consumer group of that name.", valueName: "name"),
        completion: .custom(Candidates.groups))
    var group: String?

    func validate() throws {
        let count = [topic != nil, broker != nil, allBrokers, group != nil].count { $0 }
        guard count == 1 else {
            throw ValidationError("Say whose configuration: one of --topic, --broker, --all-brokers or --group.")
        }
    }

    var resource: BrokerClient.ConfigResource {
        if let topic { return .topic(topic) }
        if let broker { return .broker(broker) }
        if let group { return BrokerClient.ConfigResource(.group, group) }
        return .allBrokers
    }

    /// As `withCluster` wants it.
    var topics: [String] { topic.map { [$0] } ?? [] }

    /// For headings: `Topic 'orders'`.
    var title: String {
        if let topic { return "Topic '\(topic)'" }
        if let broker { return "Broker \(broker)" }
        if let group { return "Group '\(group)'" }
        return "All brokers"
    }

    var json: JSONValue {
        let (kind, name): (String, JSONValue) =
            switch resource.kind {
            case .topic: ("topic", .string(resource.name))
            case .broker: allBrokers ? ("brokers", .null) : ("broker", .string(resource.name))
            default: ("group", .string(resource.name))
            }
        return ["type": .string(kind), "name": name]
    }

    /// The keys such a thing can have, as far as this command knows them.
    var schema: ConfigSchema? {
        switch resource.kind {
        case .topic: AdminPlugins.schemas.topic
        case .broker: AdminPlugins.schemas.broker
        default: nil
        }
    }

    /// Says so if there is no such broker, which the client would wait for otherwise.
    func check(_ cluster: Cluster) async throws {
        guard let broker else { return }
        try await cluster.retrying { () async throws(ClientError) in try await cluster.refresh([]) }
        let brokers = await cluster.metadata.brokers.keys.sorted()
        guard !brokers.contains(broker) else { return }
        let names = brokers.map { "\($0)" }.joined(separator: ", ")
        throw CommandFailure(
            "There is no broker \(broker).", kind: .notFound, advice: "The cluster's brokers are \(names).")
    }
}
