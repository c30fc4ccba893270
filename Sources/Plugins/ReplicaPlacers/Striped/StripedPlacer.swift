public import BrokerModel
public import BrokerPluginAPI

/// Stripes replicas over the racks, as Kafka does.
public struct StripedPlacer: ReplicaPlacer, Plugin {
    public static let name = "striped"
    public static let summary = "Over the racks in turn, and over the brokers of each, so that all get their share."

    public init(_ configuration: NoConfiguration = NoConfiguration()) {}

    public func place(_ request: PlacementRequest) throws(PluginError) -> [[NodeID]] { try request.striped() }
}
