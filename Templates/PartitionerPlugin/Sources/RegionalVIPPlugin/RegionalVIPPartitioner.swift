import BrokerPluginAPI
import Partitioners

/// Gives each region partitions of its own, and the important customers of a region partitions to themselves.
///
/// A key is a region and a customer, as in `eu/acme`. The topic's partitions are dealt out to the regions in runs, in the
/// order in which they are named, with one more run for keys of no region; the first partitions of each run are the
/// important customers'. So a region's load, and a customer's, stays where it is whatever the others send.
///
/// When partitions are added, the runs are dealt out anew and keys move, as they do with any hash.
public struct RegionalVIPPartitioner: ExplainablePartitioner, Plugin {
    public static let name = "regional-vip"
    public static let summary = "Each region has partitions of its own, and its important customers some of these."

    public struct Configuration: PluginConfiguration {
        public var regions: [String] = []
        public var customers: [String] = []
        public var reserved = 1
        public var hash = KeyHash.murmur2

        public init() {}

        public static let schema = PluginSchema<Configuration> {
            ConfigKey(
                "regions", \.regions, "The regions, with commas between them: what a key has before its first '/'.")
            ConfigKey(
                "customers", \.customers,
                "The important customers, with commas between them: what a key has behind its first '/'.")
            ConfigKey(
                "reserved", \.reserved,
                "How many partitions of each region are the important customers' alone. One at least is left for the others.",
                in: 1...1_000)
            ConfigKey("hash", \.hash, "How a key becomes one of several partitions; 'murmur2' as in the Java client.")
        }

        public var problem: String? {
            let repeated = regions.first { region in regions.count { $0 == region } > 1 }
            return repeated.map { "`regions` names '\($0)' twice." }
        }
    }

    private let regions: [String: Int]
    private let customers: Set<String>
    private let reserved: Int
    private let hash: KeyHash

    public init(_ configuration: Configuration) {
        regions = Dictionary(
            configuration.regions.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { first, _ in first })
        customers = Set(configuration.customers)
        reserved = configuration.reserved
        hash = configuration.hash
    }

    public func partition(for record: PartitionerContext) -> PartitionIndex {
        let lane = lane(of: record).partitions
        // Without a key, the value spreads the records just as well, and nothing has to be remembered.
        return lane.lowerBound
            + hash.partition(of: record.key ?? record.value ?? ByteBuffer(), among: PartitionIndex(lane.count))
    }

    public func explain(_ record: PartitionerContext) -> PartitionRoute {
        let (lane, reason) = lane(of: record)
        return record.key == nil
            ? PartitionRoute(lane, because: reason) : PartitionRoute(partition(for: record), because: reason)
    }

    /// The partitions that are open to the record, at least one.
    private func lane(of record: PartitionerContext) -> (partitions: Range<PartitionIndex>, reason: String) {
        let count = Int(max(record.partitionCount, 1))
        let runs = regions.count + 1
        guard count >= 2 * runs else {
            return (0..<PartitionIndex(count), "there are too few partitions to set any aside")
        }
        let parts = record.key.map { String(buffer: $0).split(separator: "/", maxSplits: 1).map(String.init) } ?? []
        let index = parts.first.flatMap { regions[$0] } ?? regions.count
        let run = (index * count / runs)..<((index + 1) * count / runs)
        let place = index == regions.count ? "its key names no region" : "its key is of region '\(parts[0])'"
        let split = run.lowerBound + min(reserved, run.count - 1)
        let isImportant = parts.count == 2 && customers.contains(parts[1])
        let lane = isImportant ? run.lowerBound..<split : split..<run.upperBound
        return (
            PartitionIndex(lane.lowerBound)..<PartitionIndex(lane.upperBound),
            isImportant ? "\(place) and an important customer's" : place
        )
    }
}
