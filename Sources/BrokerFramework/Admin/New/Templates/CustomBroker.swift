// Written by Scripts/embed-templates.sh from Templates/CustomBroker; changes belong there.
// swift-format-ignore-file

extension EmbeddedTemplates {
    static let customBroker: [PackageFile] = [
        PackageFile(path: ".gitignore", text: ##"""
.build/

"""##),
        PackageFile(path: "Package.swift", text: ##"""
// swift-tools-version: 6.2
import PackageDescription

// Where the framework is: a path or a URL. The environment variable BROKER_FRAMEWORK goes before what stands here.
let framework = Context.environment["BROKER_FRAMEWORK"] ?? "../.."

let package = Package(
    name: "shop",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "shop-broker", targets: ["ShopBroker"])],
    dependencies: [
        framework.contains(":")
            ? .package(url: framework, from: "0.1.0") : .package(name: "BrokerFramework", path: framework)
    ],
    targets: [
        .target(name: "ShopPlugins", dependencies: [.product(name: "BrokerFramework", package: "BrokerFramework")]),
        .executableTarget(
            name: "ShopBroker",
            dependencies: ["ShopPlugins", .product(name: "BrokerFramework", package: "BrokerFramework")]),
        .testTarget(
            name: "ShopPluginsTests",
            dependencies: ["ShopPlugins", .product(name: "BrokerPluginTesting", package: "BrokerFramework")]),
    ],
    swiftLanguageModes: [.v6]
)

"""##),
        PackageFile(path: "README.md", text: ##"""
# shop

A broker with plug-ins of its own: a partitioner that gives each region partitions of its own, and a cleanup policy that
keeps a number of records.

```sh
swift test                                      # the plug-ins' exams
swift build -c release
.build/release/shop-broker start --data ./data
```

`Package.swift` says where the framework is; the environment variable `BROKER_FRAMEWORK`, a path or a URL, goes before that.

| file | |
|---|---|
| `Sources/ShopBroker/ShopBroker.swift` | the composition, and the main |
| `Sources/ShopPlugins/RegionRouter.swift` | a partitioner with an option |
| `Sources/ShopPlugins/KeepRecords.swift` | a cleanup policy with an option |
| `Tests/ShopPluginsTests/ExamTests.swift` | an exam for each plug-in, and what else it promises |

The executable has the whole command line, with these plug-ins in it; any Kafka client sees and changes their options as it
does Kafka's:

```sh
export PATH=$PWD/.build/release:$PATH
shop-broker plugins describe region
shop-broker topics create orders -p 9 -c partitioner=region -c partitioner.region.regions=eu,us
shop-broker explain route --topic orders --key eu/4711
echo 'eu/4711:two pizzas' | shop-broker produce orders -K:
shop-broker configs set --topic orders cleanup.policy=keep-records cleanup.policy.keep-records.count=5000
shop-broker plugins check                       # the exams of all that is in it
```

To change it: write a plug-in beside the others, name it in `ShopBroker.swift`, and give it an exam. A plug-in from another
package, such as one that `broker new plugin` made, is a dependency in `Package.swift` and one more `Use(…)`.

"""##),
        PackageFile(path: "Sources/ShopBroker/ShopBroker.swift", text: ##"""
import BrokerFramework
import ShopPlugins

/// The reference broker's plug-ins, and those of this package.
@main
struct ShopBroker: BrokerComposition {
    static var plugins: [any PluginComponent] {
        DefaultPlugins()
        Use(RegionRouter.self)
        Use(KeepRecords.self)
    }
}

"""##),
        PackageFile(path: "Sources/ShopPlugins/KeepRecords.swift", text: ##"""
import BrokerFramework

/// Retention by number: keeps so many of a partition's newest records, whatever their age and size.
///
/// Whole segments go, so up to a segment more stays: `segment.bytes` and `segment.ms` say how much that is.
public struct KeepRecords: CleanupPolicy, Plugin {
    public static let name = "keep-records"
    public static let summary = "Keeps a number of records, whatever their age and size."

    public struct Configuration: PluginConfiguration {
        public var count: Int64 = 1_000_000

        public init() {}

        public static let schema = PluginSchema<Configuration> {
            ConfigKey("count", \.count, "How many records each partition keeps at least.", in: 1...Int64.max)
        }
    }

    private let count: Int64

    public init(_ configuration: Configuration) { count = configuration.count }

    public func plan(for log: CleanupLog) -> CleanupPlan {
        guard let end = log.active?.nextOffset ?? log.segments.last?.nextOffset else { return .nothing }
        let old = log.segments.prefix { end - $0.nextOffset >= count }
        return CleanupPlan(deleteBelow: old.last?.nextOffset)
    }
}

"""##),
        PackageFile(path: "Sources/ShopPlugins/RegionRouter.swift", text: ##"""
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

"""##),
        PackageFile(path: "Tests/ShopPluginsTests/ExamTests.swift", text: ##"""
import BrokerFramework
import BrokerPluginTesting
import ShopPlugins
import Testing

@Suite struct ExamTests {
    @Test func `the region router is a partitioner`() {
        let exam = PartitionerExam {
            var configuration = RegionRouter.Configuration()
            configuration.regions = ["eu", "us"]
            return try RegionRouter(configuration)
        }
        #expect(exam.violations == [])
    }

    @Test func `keep-records is a cleanup policy, and leaves so many records`() {
        let exam = CleanupPolicyExam(mustStay: { record, all in all.suffix(50).contains(record) }) {
            var configuration = KeepRecords.Configuration()
            configuration.count = 50
            return KeepRecords(configuration)
        }
        #expect(exam.violations == [])
    }

    @Test func `whole segments go that are beyond the count`() {
        let segments = (0..<5).map { index in
            CleanupSegment(
                baseOffset: index * 10, nextOffset: index * 10 + 10, byteCount: 1_000, largestTimestamp: 0)
        }
        let log = CleanupLog(
            topic: "orders", partition: 0, segments: Array(segments.dropLast()), active: segments.last,
            byteCount: 5_000,
            logStartOffset: 0, firstUncleanedOffset: 0, now: 0)
        var configuration = KeepRecords.Configuration()
        configuration.count = 25
        #expect(KeepRecords(configuration).plan(for: log) == CleanupPlan(deleteBelow: 20))
    }
}

"""##),
    ]
}
