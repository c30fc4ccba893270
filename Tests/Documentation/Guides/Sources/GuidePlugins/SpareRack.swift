import BrokerFramework

/// Leaves the brokers of one rack out, as long as there are enough others.
public struct SpareRack: ReplicaPlacer, Plugin {
    public static let name = "spare-rack"
    public static let summary = "Leaves the brokers of one rack out where that can be."

    public struct Configuration: PluginConfiguration {
        public var rack = ""

        public init() {}

        public static let schema = PluginSchema<Configuration> {
            ConfigKey("rack", \.rack, "The rack, as `broker.rack` of its brokers says.")
        }
    }

    private let rack: String

    public init(_ configuration: Configuration) { rack = configuration.rack }

    public func place(_ request: PlacementRequest) throws(PluginError) -> [[NodeID]] {
        var others = request
        others.brokers.removeAll { $0.rack == rack }
        let suffice =
            others.brokers.count >= request.replicationFactor && others.brokers.contains { !$0.isFenced }
        return try (suffice ? others : request).striped()
    }
}
