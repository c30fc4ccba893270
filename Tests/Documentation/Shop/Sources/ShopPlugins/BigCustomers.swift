import BrokerFramework

/// Big customers have the topic's last partition; everybody else goes by key over the others.
public struct BigCustomers: ExplainablePartitioner, Plugin {
    public static let name = "big-customers"
    public static let summary = "Big customers have the last partition; the others go by key over the rest."

    public struct Configuration: PluginConfiguration {
        public var names: [String] = []

        public init() {}

        public static let schema = PluginSchema<Configuration> {
            ConfigKey("names", \.names, "The keys of big customers, with commas between them.")
        }
    }

    private let names: Set<ByteBuffer>

    public init(_ configuration: Configuration) {
        names = Set(configuration.names.map { ByteBuffer(string: $0) })
    }

    public func partition(for record: PartitionerContext) -> PartitionIndex {
        explain(record).partitions.lowerBound
    }

    public func explain(_ record: PartitionerContext) -> PartitionRoute {
        let last = record.partitionCount - 1
        guard last > 0 else { return PartitionRoute(0, because: "the topic has no other") }
        guard let key = record.key else { return PartitionRoute(0, because: "it has no key") }
        if names.contains(key) { return PartitionRoute(last, because: "its key is a big customer's") }
        return PartitionRoute(KeyHash.murmur2.partition(of: key, among: last), because: "the hash of its key says so")
    }
}
