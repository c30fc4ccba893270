public import BrokerModel
internal import BrokerPrimitives
internal import BrokerWire

/// What configurations belong to; raw values are Kafka's codes.
public struct ConfigResource: Sendable, Hashable {
    public enum Kind: Int8, Sendable {
        case topic = 2
        case broker = 4
        case brokerLogger = 8
        case clientMetrics = 16
        case group = 32
    }

    public var kind: Kind
    /// The topic's name, the broker's id, or empty for all brokers.
    public var name: String

    public init(_ kind: Kind, _ name: String) {
        self.kind = kind
        self.name = name
    }

    public static func topic(_ name: String) -> ConfigResource { ConfigResource(.topic, name) }
    public static func broker(_ id: NodeID) -> ConfigResource { ConfigResource(.broker, "\(id)") }
}

/// One configuration value and where it comes from.
public struct ConfigEntry: Sendable, Hashable {
    public var name: String
    /// Nil if it has none, or is a secret.
    public var value: String?
    /// Whether it was set on this very resource, rather than inherited.
    public var isOverridden: Bool
    public var isReadOnly: Bool
    public var isSensitive: Bool
    /// Where it comes from, `default` or `static broker` for example.
    public var source: String
    public var documentation: String?
}

/// A change to one configuration value.
public enum ConfigChange: Sendable, Hashable {
    case set(String)
    /// Goes back to what would hold if it had never been set.
    case delete
    /// Adds to a list.
    case append(String)
    /// Takes from a list.
    case subtract(String)
}

extension AdminClient {
    /// The configuration values of a resource, by name.
    public func describeConfigs(_ resource: ConfigResource) async throws(ClientError) -> [ConfigEntry] {
        try await cluster.retrying { () async throws(ClientError) in
            let request = DescribeConfigsRequest(
                resources: [
                    .init(
                        resourceType: resource.kind.rawValue, resourceName: resource.name, configurationKeys: nil)
                ])
            let response = try await connection(for: resource).send(request)
            guard let result = response.results.first else { throw Self.unanswered(resource.name) }
            guard result.errorCode == .none else {
                throw .server(result.errorCode, "configuration of '\(resource.name)'", message: result.errorMessage)
            }
            return result.configs.map { Self.entry($0, of: resource.kind) }.sorted { $0.name < $1.name }
        }
    }

    /// Changes configuration values of a resource; all of them or none.
    public func alterConfigs(
        _ resource: ConfigResource, _ changes: [String: ConfigChange], validateOnly: Bool = false
    ) async throws(ClientError) {
        let configs = changes.sorted { $0.key < $1.key }.map { name, change in
            let (operation, value): (Int8, String?) =
                switch change {
                case .set(let value): (0, value)
                case .delete: (1, nil)
                case .append(let value): (2, value)
                case .subtract(let value): (3, value)
                }
            return IncrementalAlterConfigsRequest.AlterableConfig(
                name: name, configOperation: operation, value: value)
        }
        let request = IncrementalAlterConfigsRequest(
            resources: [.init(resourceType: resource.kind.rawValue, resourceName: resource.name, configs: configs)],
            validateOnly: validateOnly)
        try await cluster.retrying { () async throws(ClientError) in
            let response = try await connection(for: resource).send(request)
            guard let result = response.responses.first else { throw Self.unanswered(resource.name) }
            guard result.errorCode == .none else {
                throw .server(result.errorCode, "configuration of '\(resource.name)'", message: result.errorMessage)
            }
        }
    }

    /// A broker answers for itself; for all else any does.
    private func connection(for resource: ConfigResource) async throws(ClientError) -> BrokerConnection {
        guard resource.kind == .broker || resource.kind == .brokerLogger, let id = NodeID(resource.name) else {
            return try await cluster.anyConnection()
        }
        if await cluster.metadata.brokers[id] == nil { try await cluster.refresh([]) }
        return try await cluster.connection(to: id)
    }

    private static func entry(
        _ config: DescribeConfigsResponse.DescribeConfigsResourceResult, of kind: ConfigResource.Kind
    ) -> ConfigEntry {
        let sources: [Int8: String] = [
            1: "topic", 2: "dynamic broker", 3: "dynamic default broker", 4: "static broker", 5: "default",
            6: "dynamic broker logger", 7: "client metrics", 8: "group",
        ]
        let own: Int8 =
            switch kind {
            case .topic: 1
            case .broker: 2
            case .brokerLogger: 6
            case .clientMetrics: 7
            case .group: 8
            }
        return ConfigEntry(
            name: config.name, value: config.value, isOverridden: config.configSource == own,
            isReadOnly: config.readOnly, isSensitive: config.isSensitive,
            source: sources[config.configSource] ?? "source \(config.configSource)",
            documentation: config.documentation)
    }
}
