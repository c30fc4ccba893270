public import BrokerModel
public import BrokerPluginAPI
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
    /// The dynamic defaults of all brokers.
    public static let allBrokers = ConfigResource(.broker, "")
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
    /// Nil if the broker does not tell it.
    public var type: ConfigType?
    /// Every place that has a value for it, the one that holds first; told only when asked for.
    public var levels: [Level]
    /// Told only when asked for.
    public var documentation: String?

    /// A value at one of the places where it may be set.
    public struct Level: Sendable, Hashable {
        /// The key there: a topic's `retention.ms` is a broker's `log.retention.ms`.
        public var name: String
        public var value: String?
        public var source: String

        /// The value in the unit that `key` has: a broker's `log.retention.hours` stands for a topic's
        /// `retention.ms`.
        func value(inUnitOf key: String) -> String? {
            guard key.hasSuffix(".ms"), let value, let number = Int64(value) else { return value }
            let unit: Int64 = name.hasSuffix(".hours") ? 3_600_000 : name.hasSuffix(".minutes") ? 60_000 : 1
            let (scaled, overflow) = number.multipliedReportingOverflow(by: unit)
            return number < 0 || overflow ? value : String(scaled)
        }
    }

    /// What holds if it is set nowhere; nil if there is no such value or the levels were not asked for.
    public var standard: String? { levels.last { $0.source == Self.sources[5] }.flatMap { $0.value(inUnitOf: name) } }

    /// By Kafka's codes.
    static let sources: [Int8: String] = [
        1: "topic", 2: "dynamic broker", 3: "dynamic default broker", 4: "static broker", 5: "default",
        6: "dynamic broker logger", 7: "client metrics", 8: "group",
    ]

    static func source(_ code: Int8) -> String { sources[code] ?? "source \(code)" }
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
    ///
    /// - Parameters:
    ///   - keys: the ones to tell; nil for all. One that does not exist is left out of the answer.
    ///   - isDetailed: whether to tell levels and documentation, too.
    public func describeConfigs(
        _ resource: ConfigResource, keys: [String]? = nil, isDetailed: Bool = false
    ) async throws(ClientError) -> [ConfigEntry] {
        let request = DescribeConfigsRequest(
            resources: [
                .init(resourceType: resource.kind.rawValue, resourceName: resource.name, configurationKeys: keys)
            ], includeSynonyms: isDetailed, includeDocumentation: isDetailed)
        let result = try await cluster.retrying { () async throws(ClientError) in
            // Documentation can be asked for from version 3 on.
            let response = try await connection(for: resource).send(request, within: isDetailed ? 3...4 : nil)
            guard let result = response.results.first else { throw Self.unanswered(resource.name) }
            try Self.checkPassing(result.errorCode, result.errorMessage, resource)
            return result
        }
        guard result.errorCode == .none else {
            throw .server(result.errorCode, resource.description, message: result.errorMessage)
        }
        return result.configs.map { ConfigEntry($0, of: resource.kind) }.sorted { $0.name < $1.name }
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
        let result = try await cluster.retrying { () async throws(ClientError) in
            let response = try await connection(for: resource).send(request)
            guard let result = response.responses.first else { throw Self.unanswered(resource.name) }
            try Self.checkPassing(result.errorCode, result.errorMessage, resource)
            return result
        }
        guard result.errorCode == .none else {
            throw .server(result.errorCode, resource.description, message: result.errorMessage)
        }
    }

    /// Throws an error that may pass, so that it is tried again. A topic that is not there stays so.
    private static func checkPassing(
        _ error: ErrorCode, _ message: String?, _ resource: ConfigResource
    ) throws(ClientError) {
        guard error.isRetriable, error != .unknownTopicOrPartition else { return }
        throw .server(error, resource.description, message: message)
    }

    /// A broker answers for itself; for all else any does.
    private func connection(for resource: ConfigResource) async throws(ClientError) -> BrokerConnection {
        guard resource.kind == .broker || resource.kind == .brokerLogger, let id = NodeID(resource.name) else {
            return try await cluster.anyConnection()
        }
        if await cluster.metadata.brokers[id] == nil { try await cluster.refresh([]) }
        return try await cluster.connection(to: id)
    }
}

extension ConfigResource: CustomStringConvertible {
    /// `configuration of topic 'orders'` for example.
    public var description: String {
        switch kind {
        case .topic: "configuration of topic '\(name)'"
        case .broker where name.isEmpty: "configuration of all brokers"
        case .broker: "configuration of broker \(name)"
        case .brokerLogger: "loggers of broker \(name)"
        case .clientMetrics: "client metrics '\(name)'"
        case .group: "configuration of group '\(name)'"
        }
    }
}

extension ConfigEntry {
    fileprivate init(_ config: DescribeConfigsResponse.DescribeConfigsResourceResult, of kind: ConfigResource.Kind) {
        let own: Int8 =
            switch kind {
            case .topic: 1
            case .broker: 2
            case .brokerLogger: 6
            case .clientMetrics: 7
            case .group: 8
            }
        self.init(
            name: config.name, value: config.value, isOverridden: config.configSource == own,
            isReadOnly: config.readOnly, isSensitive: config.isSensitive, source: Self.source(config.configSource),
            type: ConfigType(rawValue: config.configType),
            levels: config.synonyms.map { Level(name: $0.name, value: $0.value, source: Self.source($0.source)) },
            documentation: config.documentation)
    }
}
