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
