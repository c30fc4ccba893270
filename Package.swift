// swift-tools-version: 6.2
import PackageDescription

/// What every target of ours is compiled with. Warnings are errors; imports are internal unless they
/// appear in a signature; existential types are spelled out.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let collections: Target.Dependency = .product(name: "HashTreeCollections", package: "swift-collections")
let deque: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
let orderedCollections: Target.Dependency = .product(name: "OrderedCollections", package: "swift-collections")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")

/// A module of the framework: folder `name` is module `Broker<name>`.
func framework(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .target(
        name: "Broker\(name)", dependencies: dependencies, path: "Sources/BrokerFramework/\(name)", exclude: exclude,
        swiftSettings: strict)
}

/// A storage backend: folder `name` is module `<name>Storage`.
func storage(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(
        name: "\(name)Storage", dependencies: ["BrokerPluginAPI", nioCore] + dependencies,
        path: "Sources/Plugins/StorageBackends/\(name)", exclude: ["README.md"], swiftSettings: strict)
}

/// The built-in plug-ins of a kind: a folder for each in `Plugins/<kind>`.
func policies(_ kind: String, _ names: [String], _ dependencies: [Target.Dependency] = []) -> Target {
    .target(
        name: kind, dependencies: ["BrokerPluginAPI"] + dependencies, path: "Sources/Plugins/\(kind)",
        exclude: ["README.md"] + names.map { "\($0)/README.md" }, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.init(stringLiteral: name)] + dependencies,
        path: "Tests/\(name)Tests", resources: resources, swiftSettings: strict)
}

/// A codec: folder `name` is module `Codec<name>`, its folder `library` the door to the system's C library.
func codec(_ name: String, library: String, pkgConfig: String, debianPackage: String) -> [Target] {
    [
        .systemLibrary(
            name: library, path: "Sources/Plugins/Codecs/\(name)/\(library)", pkgConfig: pkgConfig,
            providers: [.apt([debianPackage])]),
        .target(
            name: "Codec\(name)",
            dependencies: [.init(stringLiteral: library), "CodecSupport", "BrokerModel", "BrokerPluginAPI", nioCore],
            path: "Sources/Plugins/Codecs/\(name)", exclude: ["README.md", library], swiftSettings: strict),
    ]
}

let codecs =
    codec("Gzip", library: "CZlib", pkgConfig: "zlib", debianPackage: "zlib1g-dev")
    + codec("Snappy", library: "CSnappy", pkgConfig: "snappy", debianPackage: "libsnappy-dev")
    + codec("LZ4", library: "CLZ4", pkgConfig: "liblz4", debianPackage: "liblz4-dev")
    + codec("Zstd", library: "CZstd", pkgConfig: "libzstd", debianPackage: "libzstd-dev")
    + [
        .target(
            name: "CodecSupport", dependencies: ["BrokerPluginAPI", nioCore], path: "Sources/Plugins/Codecs/Support",
            swiftSettings: strict),
        .target(
            name: "Codecs", dependencies: ["BrokerPluginAPI", "CodecGzip", "CodecSnappy", "CodecLZ4", "CodecZstd"],
            path: "Sources/Plugins/Codecs/All", swiftSettings: strict),
    ]

// Modules of ours that most others build on.
let values: [Target.Dependency] = ["BrokerPrimitives", "BrokerModel", "BrokerPluginAPI"]

let frameworkTargets: [Target] = [
    // Values.
    .target(name: "CBrokerCRC32C", path: "Sources/BrokerFramework/CRC32C"),
    framework("Primitives", ["CBrokerCRC32C"]),
    framework("Model", ["BrokerPrimitives", nioCore]),
    framework("Wire", ["BrokerPrimitives", nioCore]),
    framework("PluginAPI", ["BrokerModel", nioCore]),
    // Pure cores.
    framework("Consensus", ["BrokerPrimitives"]),
    framework("Metadata", values + ["BrokerWire", collections]),
    framework("Controller", values + ["BrokerMetadata", "BrokerWire"]),
    framework("Replication", ["BrokerModel"]),
    framework("Coordinators", ["BrokerPrimitives", "BrokerModel", "BrokerWire", orderedCollections, nioCore]),
    framework("Quotas"),
    // Edges.
    .target(name: "CBrokerAllocator", path: "Sources/BrokerFramework/Allocator"),
    framework("World", ["CBrokerAllocator"]),
    framework("CommitLog", values + [nioCore]),
    framework("Network", ["BrokerPluginAPI", "BrokerWorld", nioCore, nioPosix]),
    framework("Metrics"),
    framework("HTTP", [nioCore, nioPosix, nioHTTP1]),
    framework("Client", values + ["BrokerWire", "BrokerWorld", nioCore, nioPosix], exclude: ["README.md"]),
    // The shell.
    .target(name: "CBrokerPluginTrace", path: "Sources/BrokerFramework/PluginTrace"),
    framework(
        "Runtime",
        values + [
            "BrokerMetadata", "BrokerController", "BrokerReplication", "BrokerCoordinators", "BrokerQuotas",
            "BrokerConsensus", "BrokerWorld", "BrokerCommitLog", "BrokerNetwork", "BrokerMetrics", "BrokerHTTP",
            "BrokerWire", "CBrokerPluginTrace", deque, nioCore, nioPosix, logging,
        ]),
    .target(
        name: "DefaultPlugins",
        dependencies: [
            "BrokerPluginAPI", "Authorizers", "CleanupPolicies", "Codecs", "FileStorage", "MemoryStorage",
            "Partitioners", "PrincipalBuilders", "QuotaPolicies", "ReplicaPlacers", "TopicPolicies",
        ], path: "Sources/BrokerFramework/DefaultPlugins", swiftSettings: strict),
    // Doors.
    framework(
        "Admin",
        values + [
            "BrokerMetadata", "BrokerWire", "BrokerWorld", "BrokerCommitLog", "BrokerRuntime", "BrokerClient",
            "BrokerPluginTesting", "DefaultPlugins", "FileStorage", nioCore, nioPosix, logging, argumentParser,
            lifecycle,
        ]),
    framework(
        "Testing",
        values + [
            "BrokerMetadata", "BrokerController", "BrokerWire", "BrokerWorld", "BrokerCommitLog", "BrokerNetwork",
            "BrokerRuntime", "BrokerClient", "Authorizers", "Codecs", "DefaultPlugins", "MemoryStorage", "Partitioners",
            nioCore, nioPosix, logging,
        ]),
    framework("PluginTesting", ["BrokerModel", "BrokerPluginAPI", nioCore]),
    framework("TestKit", ["BrokerPluginAPI", nioCore, nioPosix]),
    .target(
        name: "BrokerFramework",
        dependencies: [
            "BrokerAdmin", "BrokerModel", "BrokerPluginAPI", "BrokerRuntime", "DefaultPlugins", nioCore,
        ],
        path: "Sources/BrokerFramework/Umbrella", swiftSettings: strict),
    .executableTarget(
        name: "ProtocolGenerator", path: "Sources/BrokerFramework/ProtocolGenerator", swiftSettings: strict),
    .executableTarget(
        name: "broker",
        dependencies: [
            "BrokerAdmin", "BrokerPluginAPI", "DefaultPlugins",
        ], path: "Sources/DefaultBroker", swiftSettings: strict),
]

let plugins: [Target] =
    [
        .target(name: "CBrokerFile", path: "Sources/Plugins/StorageBackends/CFile"),
        storage("File", ["CBrokerFile"]),
        storage("Memory"),
        .target(
            name: "Authorizers", dependencies: ["BrokerPluginAPI"], path: "Sources/Plugins/Authorizers",
            exclude: ["AllowAll/README.md", "DenyAll/README.md"], swiftSettings: strict),
        .target(
            name: "CleanupPolicies", dependencies: ["BrokerModel", "BrokerPluginAPI", nioCore],
            path: "Sources/Plugins/CleanupPolicies",
            exclude: ["README.md", "Delete/README.md", "Compact/README.md"], swiftSettings: strict),
        .target(
            name: "Partitioners", dependencies: ["BrokerModel", "BrokerPluginAPI", nioCore],
            path: "Sources/Plugins/Partitioners",
            exclude: [
                "README.md", "KeyHash/README.md", "RoundRobin/README.md", "Sticky/README.md", "VIPRouter/README.md",
            ], swiftSettings: strict),
        policies("PrincipalBuilders", ["Anonymous"]),
        policies("QuotaPolicies", ["Entities"]),
        policies("ReplicaPlacers", ["Striped"], ["BrokerModel"]),
        policies("TopicPolicies", ["Limits", "Naming"]),
    ] + codecs

let testTargets: [Target] = [
    tests("BrokerPrimitives"),
    tests("BrokerModel", ["BrokerPrimitives", nioCore]),
    tests("BrokerWire", ["BrokerPrimitives", "ProtocolGenerator", nioCore], resources: [.copy("Captures")]),
    tests("BrokerConsensus", ["BrokerPrimitives"], resources: [.copy("Scenarios")]),
    tests("BrokerCommitLog", values + ["BrokerTestKit", "FileStorage", "MemoryStorage", nioCore]),
    .testTarget(name: "LayeringTests", path: "Tests/LayeringTests", swiftSettings: strict),
    tests("BrokerMetadata", values + ["BrokerWire", "BrokerTestKit", collections, nioCore]),
    tests("BrokerController", values + ["BrokerMetadata", "BrokerWire", "BrokerTestKit"]),
    tests("BrokerWorld"),
    tests("BrokerCoordinators", values + ["BrokerWire", "BrokerTestKit", nioCore]),
    tests("BrokerReplication", ["BrokerPrimitives", "BrokerModel", "BrokerTestKit"]),
    tests("BrokerQuotas", ["BrokerTestKit"]),
    tests("BrokerNetwork", ["BrokerTestKit", "BrokerWorld", nioCore, nioPosix]),
    tests("BrokerMetrics"),
    tests("BrokerHTTP", ["BrokerTestKit", nioCore]),
    tests(
        "BrokerRuntime",
        values + [
            "BrokerMetadata", "BrokerController", "BrokerReplication", "BrokerConsensus", "BrokerCoordinators",
            "BrokerWorld",
            "BrokerCommitLog", "BrokerMetrics", "BrokerHTTP", "BrokerWire", "BrokerTestKit", "BrokerClient", "Codecs",
            "Authorizers", "DefaultPlugins", "FileStorage", "MemoryStorage", "Partitioners", nioCore, nioEmbedded,
            logging,
        ]),
    tests(
        "BrokerClient",
        values + [
            "BrokerWire", "BrokerWorld", "BrokerTesting", "Codecs", "Partitioners", nioCore, nioPosix,
        ]),
    tests(
        "BrokerAdmin",
        [
            "BrokerPrimitives", "BrokerModel", "BrokerMetadata", "BrokerClient", "BrokerTestKit", "BrokerPluginAPI",
            "BrokerPluginTesting", "DefaultPlugins", nioCore, argumentParser,
        ]),
    tests("BrokerTesting", ["BrokerClient", "BrokerModel", "BrokerWire", "BrokerPrimitives", nioCore]),
    tests("FileStorage", ["BrokerPluginAPI", "BrokerPluginTesting", nioCore]),
    tests("MemoryStorage", ["BrokerPluginAPI", "BrokerPluginTesting", "BrokerTestKit", nioCore]),
    tests("BrokerPluginAPI", ["BrokerModel", nioCore]),
    .testTarget(
        name: "DocumentationTests",
        dependencies: ["BrokerFramework", "BrokerMetadata", "BrokerPluginAPI", "BrokerRuntime"],
        path: "Tests/DocumentationTests", swiftSettings: strict),
    tests(
        "BrokerPluginTesting",
        [
            "BrokerModel", "BrokerPluginAPI", "BrokerTestKit", "Authorizers", "Codecs", "CleanupPolicies",
            "FileStorage", "Partitioners", "PrincipalBuilders", "QuotaPolicies", "ReplicaPlacers", "TopicPolicies",
            nioCore,
        ]),
    tests("CleanupPolicies", ["BrokerModel", "BrokerPluginAPI", nioCore]),
    tests("Partitioners", ["BrokerModel", "BrokerPluginAPI", nioCore]),
    tests("Codecs", values + ["CodecSupport", nioCore]),
]

let package = Package(
    name: "BrokerFramework",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "broker", targets: ["broker"]),
        .library(name: "BrokerFramework", targets: ["BrokerFramework"]),
        .library(name: "BrokerClient", targets: ["BrokerClient"]),
        .library(name: "BrokerTesting", targets: ["BrokerTesting"]),
        .library(name: "BrokerModel", targets: ["BrokerModel"]),
        .library(name: "BrokerWire", targets: ["BrokerWire"]),
        .library(name: "BrokerPluginAPI", targets: ["BrokerPluginAPI"]),
        .library(name: "BrokerPluginTesting", targets: ["BrokerPluginTesting"]),
        .library(name: "Partitioners", targets: ["Partitioners"]),
        .library(name: "CleanupPolicies", targets: ["CleanupPolicies"]),
        .library(name: "Authorizers", targets: ["Authorizers"]),
        .library(name: "PrincipalBuilders", targets: ["PrincipalBuilders"]),
        .library(name: "QuotaPolicies", targets: ["QuotaPolicies"]),
        .library(name: "ReplicaPlacers", targets: ["ReplicaPlacers"]),
        .library(name: "TopicPolicies", targets: ["TopicPolicies"]),
        .library(name: "StorageBackends", targets: ["FileStorage", "MemoryStorage"]),
        .library(
            name: "Codecs", targets: ["Codecs", "CodecGzip", "CodecSnappy", "CodecLZ4", "CodecZstd", "CodecSupport"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: frameworkTargets + plugins + testTargets,
    swiftLanguageModes: [.v6]
)
