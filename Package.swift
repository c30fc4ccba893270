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

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")

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

let package = Package(
    name: "BrokerFramework",
    platforms: [.macOS(.v15)],
    products: [],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2")
    ],
    targets: [
        // Values.
        .target(name: "CBrokerCRC32C", path: "Sources/BrokerFramework/CRC32C"),
        framework("Primitives", ["CBrokerCRC32C"]),

        // Pure cores.
        framework("Consensus", ["BrokerPrimitives"]),
        tests("BrokerConsensus", ["BrokerPrimitives"], resources: [.copy("Scenarios")]),
    ],
    swiftLanguageModes: [.v6]
)
