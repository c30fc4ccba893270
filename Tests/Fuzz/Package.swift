// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that an ordinary build never sees the sanitizers. `Sources` holds links into the main package:
// the fuzzer needs its own instrumented copies. Use `run.sh`.

let instrumented: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .unsafeFlags(["-sanitize=fuzzer,address"]),
]
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")

let package = Package(
    name: "Fuzz",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2")
    ],
    targets: [
        .target(name: "CBrokerCRC32C", path: "Sources/CRC32C"),
        .target(
            name: "BrokerPrimitives", dependencies: ["CBrokerCRC32C"], path: "Sources/Primitives",
            swiftSettings: instrumented),
        .target(
            name: "BrokerWire", dependencies: ["BrokerPrimitives", nioCore], path: "Sources/Wire",
            swiftSettings: instrumented),
        .executableTarget(
            name: "WireFuzz", dependencies: ["BrokerWire", nioCore],
            swiftSettings: instrumented + [.unsafeFlags(["-parse-as-library"])],
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]),
    ],
    swiftLanguageModes: [.v6]
)
