import BrokerFramework

/// Keys look like `acme/4711`; what stands before the separator chooses the partition.
public struct ByCustomer: ExplainablePartitioner, Plugin {
    public static let name = "by-customer"
    public static let summary = "All records of a customer are in one partition: the key's first part decides."

    public struct Configuration: PluginConfiguration {
        public var separator = "/"
        public var hash = KeyHash.murmur2

        public init() {}

        public static let schema = PluginSchema<Configuration> {
            ConfigKey("separator", \.separator, "What stands between the customer and the rest of a key.") {
                $0.utf8.count == 1 ? nil : "one ASCII character"
            }
            ConfigKey("hash", \.hash, "How a customer becomes a partition.")
        }
    }

    private let separator: UInt8
    private let hash: KeyHash

    public init(_ configuration: Configuration) throws(PluginError) {
        guard let separator = configuration.separator.utf8.first else { throw .reject("There is no separator.") }
        self.separator = separator
        hash = configuration.hash
    }

    public func partition(for record: PartitionerContext) -> PartitionIndex {
        explain(record).partitions.lowerBound
    }

    public func explain(_ record: PartitionerContext) -> PartitionRoute {
        guard let key = record.key else { return PartitionRoute(0, because: "it has no key") }
        let customer = ByteBuffer(bytes: key.readableBytesView.prefix { $0 != separator })
        return PartitionRoute(
            hash.partition(of: customer, among: record.partitionCount),
            because: "its customer is '\(String(buffer: customer))'")
    }
}
