// Written by Scripts/embed-templates.sh from Templates/PartitionerPlugin; changes belong there.
// swift-format-ignore-file

extension EmbeddedTemplates {
    static let partitionerPlugin: [PackageFile] = [
        PackageFile(path: ".gitignore", text: ##"""
.build/

"""##),
        PackageFile(path: "Package.swift", text: ##"""
// swift-tools-version: 6.2
import PackageDescription

// Where the framework is: a path or a URL. The environment variable BROKER_FRAMEWORK goes before what stands here.
let framework = Context.environment["BROKER_FRAMEWORK"] ?? "../.."

let package = Package(
    name: "regional-vip",
    platforms: [.macOS(.v15)],
    products: [.library(name: "RegionalVIPPlugin", targets: ["RegionalVIPPlugin"])],
    dependencies: [
        framework.contains(":")
            ? .package(url: framework, from: "0.1.0") : .package(name: "BrokerFramework", path: framework)
    ],
    targets: [
        .target(
            name: "RegionalVIPPlugin",
            dependencies: [
                .product(name: "BrokerPluginAPI", package: "BrokerFramework"),
                .product(name: "Partitioners", package: "BrokerFramework"),
            ]),
        .testTarget(
            name: "RegionalVIPPluginTests",
            dependencies: [
                "RegionalVIPPlugin", .product(name: "BrokerPluginTesting", package: "BrokerFramework"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)

"""##),
        PackageFile(path: "README.md", text: ##"""
# regional-vip

A partitioner: each region has partitions of its own, and its important customers some of these. The topic's partitioner
decides in `broker produce` and the native producer; other clients can be held to it with `partitioner.verify`.

1. **Build it, and sit the exam.** `Package.swift` says where the framework is; the environment variable
   `BROKER_FRAMEWORK`, a path or a URL, goes before that.

   ```sh
   swift test
   ```

2. **Make it yours.** `Sources/RegionalVIPPlugin/RegionalVIPPartitioner.swift` is the plug-in: its name, its options, and what its kind asks for.
   `Tests/RegionalVIPPluginTests/RegionalVIPTests.swift` holds it to what it promises: the kind's exam is one line of it.

3. **Use it in a broker.** `broker new broker shop` writes one. In its `Package.swift`:

   ```swift
   .package(path: "../regional-vip"),                                    // among the dependencies
   .product(name: "RegionalVIPPlugin", package: "regional-vip"),       // among those of the target ShopBroker
   ```

   and in its composition:

   ```swift
   import RegionalVIPPlugin

   Use(RegionalVIPPartitioner.self)
   ```

   `swift run shop-broker plugins describe regional-vip` shows it, and so it is used:

   ```sh
   shop-broker topics create orders -p 9 -c partitioner=regional-vip \
       -c partitioner.regional-vip.regions=eu,us -c partitioner.regional-vip.customers=acme
   shop-broker explain route --topic orders --key eu/acme
   ```

4. **Publish it.** Push the package to a repository of its own and tag a version, as `git tag 0.1.0`; others name its URL
   where the path stood. In its `Package.swift`, put the framework's URL in the place of its path first.

"""##),
        PackageFile(path: "Sources/RegionalVIPPlugin/RegionalVIPPartitioner.swift", text: ##"""
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

"""##),
        PackageFile(path: "Tests/RegionalVIPPluginTests/RegionalVIPTests.swift", text: ##"""
import BrokerPluginAPI
import BrokerPluginTesting
import RegionalVIPPlugin
import Testing

@Suite struct RegionalVIPTests {
    private func partitioner(_ change: (inout RegionalVIPPartitioner.Configuration) -> Void = { _ in })
        -> RegionalVIPPartitioner
    {
        var configuration = RegionalVIPPartitioner.Configuration()
        configuration.regions = ["eu", "us"]
        configuration.customers = ["acme"]
        change(&configuration)
        return RegionalVIPPartitioner(configuration)
    }

    private func partitions(of keys: [String], _ partitioner: RegionalVIPPartitioner) -> Set<PartitionIndex> {
        Set(
            keys.map { key in
                partitioner.partition(
                    for: PartitionerContext(
                        topic: "orders", key: ByteBuffer(string: key), value: nil, partitionCount: 9,
                        availablePartitions: Array(0..<9)))
            })
    }

    @Test func `it is a partitioner`() {
        #expect(PartitionerExam { RegionalVIPPartitioner(.init()) }.violations == [])
        #expect(PartitionerExam { partitioner() }.violations == [])
    }

    @Test func `a region has a run of partitions, and its important customers the first of it`() {
        let many = (0..<100).map { "customer-\($0)" }
        #expect(partitions(of: many.map { "eu/\($0)" }, partitioner()) == [1, 2])
        #expect(partitions(of: many.map { "us/\($0)" }, partitioner()) == [4, 5])
        #expect(partitions(of: many, partitioner()) == [7, 8])
        #expect(partitions(of: ["eu/acme"], partitioner()) == [0])
        #expect(partitions(of: ["us/acme"], partitioner()) == [3])
    }

    @Test func `one partition of a region is always left for the others`() {
        let greedy = partitioner { $0.reserved = 1_000 }
        #expect(partitions(of: (0..<100).map { "eu/\($0)" }, greedy) == [2])
    }

    @Test func `a region that is named twice is refused`() {
        let values = ["partitioner.regional-vip.regions": "eu,us,eu"]
        #expect(PluginRegistration(RegionalVIPPartitioner.self).problem { values[$0] }?.contains("twice") == true)
    }
}

"""##),
    ]
}
