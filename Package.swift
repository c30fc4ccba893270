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
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

/// A module of the framework: folder `name` is module `Broker<name>`.
func framework(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(
        name: "Broker\(name)", dependencies: dependencies, path: "Sources/BrokerFramework/\(name)",
        swiftSettings: strict)
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

let package = Package(
    name: "BrokerFramework",
    platforms: [.macOS(.v15)],
    products: [
        .library(
            name: "Codecs", targets: ["Codecs", "CodecGzip", "CodecSnappy", "CodecLZ4", "CodecZstd", "CodecSupport"]),
        .library(name: "Partitioners", targets: ["Partitioners"]),
        .library(name: "BrokerClient", targets: ["BrokerClient"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    ],
    targets: [
        // Values.
        .target(name: "CBrokerCRC32C", path: "Sources/BrokerFramework/CRC32C"),
        framework("Primitives", ["CBrokerCRC32C"]),
        framework("Model", ["BrokerPrimitives", nioCore]),
        framework("Wire", ["BrokerPrimitives", nioCore]),
        .executableTarget(
            name: "ProtocolGenerator", path: "Sources/BrokerFramework/ProtocolGenerator", swiftSettings: strict),
        framework("PluginAPI", ["BrokerModel", nioCore]),
        // Pure cores.
        framework("Metadata", ["BrokerModel", "BrokerPluginAPI", "BrokerWire", collections]),
        framework("Controller", ["BrokerModel", "BrokerMetadata", "BrokerWire"]),
        framework("Replication", ["BrokerModel"]),
        // Edges.
        framework("World"),
        framework("Network", ["BrokerPluginAPI", nioCore, .product(name: "NIOPosix", package: "swift-nio")]),
        framework(
            "Client",
            ["BrokerPrimitives", "BrokerModel", "BrokerWire", "BrokerPluginAPI", "BrokerWorld", nioCore, nioPosix]),
        // Doors.
        framework(
            "Admin",
            [
                "BrokerPrimitives", "BrokerModel", "BrokerPluginAPI", "BrokerWorld", "BrokerClient", "Codecs",
                "Partitioners", nioCore, nioPosix, argumentParser,
            ]),
        // Plug-ins.
        .target(
            name: "Partitioners", dependencies: ["BrokerModel", "BrokerPluginAPI", nioCore],
            path: "Sources/Plugins/Partitioners",
            exclude: ["README.md", "KeyHash/README.md", "RoundRobin/README.md"], swiftSettings: strict),
        .executableTarget(
        // Tests.
        tests("BrokerPrimitives"),
        tests("BrokerModel", ["BrokerPrimitives", nioCore]),
        tests(
            "Codecs", ["CodecSupport", "BrokerModel", "BrokerPluginAPI", "BrokerPrimitives", nioCore]),
        tests("Partitioners", ["BrokerModel", "BrokerPluginAPI", nioCore]),
        tests(
            "BrokerClient",
            [
                "BrokerPrimitives", "BrokerModel", "BrokerWire", "BrokerPluginAPI", "BrokerWorld", "Codecs",
                "Partitioners", nioCore, nioPosix,
            ]),
        tests("BrokerAdmin", ["BrokerModel", "BrokerClient", nioCore, argumentParser]),
    ] + codecs,
    swiftLanguageModes: [.v6]
)
