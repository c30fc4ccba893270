// swift-tools-version: 6.2
// Measurements of single functions. A package of its own, so that the broker's builds never wait for it.
import PackageDescription

let package = Package(
    name: "Benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "BrokerFramework", path: ".."),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    ],
    targets: [
        .executableTarget(
            name: "micro",
            dependencies: [
                .product(name: "BrokerModel", package: "BrokerFramework"),
                .product(name: "BrokerWire", package: "BrokerFramework"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Micro",
            swiftSettings: [
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .treatAllWarnings(as: .error),
            ])
    ],
    swiftLanguageModes: [.v6]
)
