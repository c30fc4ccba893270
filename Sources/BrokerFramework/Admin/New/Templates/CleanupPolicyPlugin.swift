// Written by Scripts/embed-templates.sh from Templates/CleanupPolicyPlugin; changes belong there.
// swift-format-ignore-file

extension EmbeddedTemplates {
    static let cleanupPolicyPlugin: [PackageFile] = [
        PackageFile(path: ".gitignore", text: ##"""
.build/

"""##),
        PackageFile(path: "Package.swift", text: ##"""
// swift-tools-version: 6.2
import PackageDescription

// Where the framework is: a path or a URL. The environment variable BROKER_FRAMEWORK goes before what stands here.
let framework = Context.environment["BROKER_FRAMEWORK"] ?? "../.."

let package = Package(
    name: "keep-last",
    platforms: [.macOS(.v15)],
    products: [.library(name: "KeepLastPlugin", targets: ["KeepLastPlugin"])],
    dependencies: [
        framework.contains(":")
            ? .package(url: framework, from: "0.1.0") : .package(name: "BrokerFramework", path: framework)
    ],
    targets: [
        .target(
            name: "KeepLastPlugin", dependencies: [.product(name: "BrokerPluginAPI", package: "BrokerFramework")]),
        .testTarget(
            name: "KeepLastPluginTests",
            dependencies: [
                "KeepLastPlugin", .product(name: "BrokerPluginTesting", package: "BrokerFramework"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)

"""##),
        PackageFile(path: "README.md", text: ##"""
# keep-last

A cleanup policy: keeps the newest records of each key, as many as the topic says. It is chosen topic by topic, and changed
while the broker runs.

1. **Build it, and sit the exam.** `Package.swift` says where the framework is; the environment variable
   `BROKER_FRAMEWORK`, a path or a URL, goes before that.

   ```sh
   swift test
   ```

2. **Make it yours.** `Sources/KeepLastPlugin/KeepLastPolicy.swift` is the plug-in: its name, its options, and what its kind asks for.
   `Tests/KeepLastPluginTests/KeepLastTests.swift` holds it to what it promises: the kind's exam is one line of it.

3. **Use it in a broker.** `broker new broker shop` writes one. In its `Package.swift`:

   ```swift
   .package(path: "../keep-last"),                                    // among the dependencies
   .product(name: "KeepLastPlugin", package: "keep-last"),       // among those of the target ShopBroker
   ```

   and in its composition:

   ```swift
   import KeepLastPlugin

   Use(KeepLastPolicy.self)
   ```

   `swift run shop-broker plugins describe keep-last` shows it, and so it is used:

   ```sh
   shop-broker configs set --topic orders cleanup.policy=keep-last cleanup.policy.keep-last.count=5
   ```

4. **Publish it.** Push the package to a repository of its own and tag a version, as `git tag 0.1.0`; others name its URL
   where the path stood. In its `Package.swift`, put the framework's URL in the place of its path first.

"""##),
        PackageFile(path: "Sources/KeepLastPlugin/KeepLastPolicy.swift", text: ##"""
import BrokerPluginAPI

/// Keeps the newest records of each key, as many as the topic says. Records without a key stay.
///
/// A pass remembers a million keys at most. Where a topic has more, only what stands before the first record of the next
/// key is cleaned.
public struct KeepLastPolicy: RecordCleanupPolicy, Plugin {
    public static let name = "keep-last"
    public static let summary = "Keeps the newest records of each key, not only one."

    public struct Configuration: PluginConfiguration {
        public var count = 3

        public init() {}

        public static let schema = PluginSchema<Configuration> {
            ConfigKey("count", \.count, "How many records of each key stay.", in: 1...1_000)
        }
    }

    private let count: Int

    public init(_ configuration: Configuration) { count = configuration.count }

    /// A pass over all sealed segments whenever there is one that no pass has seen.
    public func plan(for log: CleanupLog) -> CleanupPlan {
        guard let first = log.segments.first, let last = log.segments.last, last.nextOffset > log.firstUncleanedOffset
        else { return .nothing }
        return CleanupPlan(rewrite: first.baseOffset..<last.nextOffset)
    }

    public func makeFilter(for log: CleanupLog) -> any RecordFilter { Newest(limit: count) }

    /// First counts the records of each key, then lets the oldest ones go until so many are left.
    private struct Newest: RecordFilter {
        let limit: Int
        var counts: [ByteBuffer: Int] = [:]

        mutating func observe(_ record: Record) -> Bool {
            guard let key = record.key else { return true }
            if let count = counts[key] {
                counts[key] = count + 1
                return true
            }
            guard counts.count < 1_000_000 else { return false }
            // Copied, since a slice would keep all of its batch in memory.
            counts[ByteBuffer(bytes: key.readableBytesView)] = 1
            return true
        }

        mutating func keeps(_ record: Record) -> Bool {
            guard let key = record.key, let left = counts[key], left > limit else { return true }
            counts[key] = left - 1
            return false
        }
    }
}

"""##),
        PackageFile(path: "Tests/KeepLastPluginTests/KeepLastTests.swift", text: ##"""
import BrokerPluginAPI
import BrokerPluginTesting
import KeepLastPlugin
import Testing

@Suite struct KeepLastTests {
    private func policy(count: Int) -> KeepLastPolicy {
        var configuration = KeepLastPolicy.Configuration()
        configuration.count = count
        return KeepLastPolicy(configuration)
    }

    @Test(arguments: [1, 3]) func `it is a cleanup policy, and leaves the newest records of each key`(count: Int) {
        let exam = CleanupPolicyExam(mustStay: { record, all in
            record.key == nil || all.filter { $0.key == record.key }.suffix(count).contains(record)
        }) { policy(count: count) }
        #expect(exam.violations == [])
    }

    @Test func `what is beyond the count goes, the oldest first`() {
        let log = CleanupLog(
            topic: "orders", partition: 0, segments: [], active: nil, byteCount: 0, logStartOffset: 0,
            firstUncleanedOffset: 0, now: 0)
        let records = ["a", "b", "a", "a", nil].enumerated().map { offset, key in
            Record(offset: Offset(offset), key: key.map { ByteBuffer(string: $0) }, value: ByteBuffer(string: "value"))
        }
        var filter = policy(count: 2).makeFilter(for: log)
        let hadRoom = records.map { filter.observe($0) }
        let left = records.filter { filter.keeps($0) }
        #expect(!hadRoom.contains(false))
        #expect(left.map(\.offset) == [1, 2, 3, 4])
    }
}

"""##),
    ]
}
