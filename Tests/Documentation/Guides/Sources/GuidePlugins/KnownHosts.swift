import BrokerFramework

/// Clients from some addresses may do everything, from others only read, and everybody else nothing.
public struct KnownHosts: Authorizer, Plugin {
    public static let name = "known-hosts"
    public static let summary = "A client's address says what it may do."

    public struct Configuration: PluginConfiguration {
        public var hosts = ["127.0.0.1", "::1"]
        public var readers: [String] = []

        public init() {}

        public static let schema = PluginSchema<Configuration> {
            ConfigKey("hosts", \.hosts, "The addresses that may do everything, with commas between them.")
            ConfigKey("readers", \.readers, "The addresses that may only read.")
        }
    }

    private static let reading: Set<AclOperation> = [.read, .describe, .describeConfigs]
    private let hosts: Set<String>
    private let readers: Set<String>

    public init(_ configuration: Configuration) {
        hosts = Set(configuration.hosts)
        readers = Set(configuration.readers)
    }

    public func authorize(
        _ actions: [AuthorizableAction], for context: RequestContext
    ) -> [AuthorizationResult] {
        let mayRead = readers.contains(context.host)
        let mayAll = hosts.contains(context.host)
        return actions.map { action in
            mayAll || mayRead && Self.reading.contains(action.operation) ? .allowed : .denied
        }
    }
}
