import BrokerFramework

/// Gives each region a run of partitions of its own; a record's region is what its key begins with, as in `eu/4711`.
public struct RegionRouter: ExplainablePartitioner, Plugin {
    public static let name = "region"
    public static let summary = "Each region has partitions of its own."

    public struct Configuration: PluginConfiguration {
        public var regions: [String] = []

        public init() {}

        public static let schema = PluginSchema<Configuration> {
            ConfigKey("regions", \.regions, "The regions, with commas between them; keys of others share the last run.")
        }
    }

    private let regions: [String: Int]

    public init(_ configuration: Configuration) throws(PluginError) {
        var regions: [String: Int] = [:]
        for (index, region) in configuration.regions.enumerated() {
            guard regions.updateValue(index, forKey: region) == nil else {
                throw .reject("`regions` names '\(region)' twice.")
            }
        }
        self.regions = regions
    }

    public func partition(for record: PartitionerContext) -> PartitionIndex {
        let (run, _) = run(of: record)
        guard let key = record.key else { return run.lowerBound }
        return run.lowerBound + KeyHash.murmur2.partition(of: key, among: PartitionIndex(run.count))
    }

    public func explain(_ record: PartitionerContext) -> PartitionRoute {
        PartitionRoute(partition(for: record), because: run(of: record).reason)
    }

    private func run(of record: PartitionerContext) -> (Range<PartitionIndex>, reason: String) {
        let count = Int(record.partitionCount)
        let runs = regions.count + 1
        guard count >= runs else { return (0..<record.partitionCount, "there are fewer partitions than regions") }
        let region = record.key.map { String(buffer: $0).prefix { $0 != "/" } }
        let index = region.flatMap { regions[String($0)] } ?? regions.count
        let bounds = (index * count / runs, (index + 1) * count / runs)
        let reason =
            index == regions.count ? "its key names no region of ours" : "its key begins with '\(region ?? "")/'"
        return (PartitionIndex(bounds.0)..<PartitionIndex(bounds.1), reason)
    }
}
