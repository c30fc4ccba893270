// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that an ordinary build never sees the sanitizers. `Sources` holds links into the main package:
// the fuzzer needs its own instrumented copies. Use `run-records.sh`.

let instrumented: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .unsafeFlags(["-sanitize=fuzzer,address"]),
]
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")

/// A fuzzer: libFuzzer has the `main`, the target only `LLVMFuzzerTestOneInput`.
func fuzzer(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies + [nioCore],
        swiftSettings: instrumented + [.unsafeFlags(["-parse-as-library"])],
        linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])])
}

func codec(_ name: String, library: String, pkgConfig: String) -> [Target] {
    [
        .systemLibrary(name: library, path: "Sources/Codecs/\(name)/\(library)", pkgConfig: pkgConfig),
        .target(
            name: "Codec\(name)",
            dependencies: [.init(stringLiteral: library), "CodecSupport", "BrokerModel", "BrokerPluginAPI", nioCore],
            path: "Sources/Codecs/\(name)", exclude: ["README.md", library], swiftSettings: instrumented),
    ]
}

let codecs =
    codec("Gzip", library: "CZlib", pkgConfig: "zlib") + codec("Snappy", library: "CSnappy", pkgConfig: "snappy")
    + codec("LZ4", library: "CLZ4", pkgConfig: "liblz4") + codec("Zstd", library: "CZstd", pkgConfig: "libzstd")

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
            name: "BrokerModel", dependencies: ["BrokerPrimitives", nioCore], path: "Sources/Model",
            swiftSettings: instrumented),
        .target(
            name: "BrokerPluginAPI", dependencies: ["BrokerModel", nioCore], path: "Sources/PluginAPI",
            swiftSettings: instrumented),
        .target(
            name: "CodecSupport", dependencies: ["BrokerPluginAPI", nioCore], path: "Sources/Codecs/Support",
            swiftSettings: instrumented),
        .target(
            name: "Codecs", dependencies: ["BrokerPluginAPI", "CodecGzip", "CodecSnappy", "CodecLZ4", "CodecZstd"],
            path: "Sources/Codecs/All", swiftSettings: instrumented),
        fuzzer("CodecFuzz", ["Codecs", "BrokerPluginAPI"]),
        fuzzer("RecordBatchFuzz", ["BrokerModel"]),
    ] + codecs,
    swiftLanguageModes: [.v6]
)
