// swift-tools-version: 6.2
import PackageDescription

// Where the framework is: a path or a URL. The environment variable BROKER_FRAMEWORK goes before what stands here.
let framework = Context.environment["BROKER_FRAMEWORK"] ?? "../.."

let package = Package(
    name: "origin-stamp",
    platforms: [.macOS(.v15)],
    products: [.library(name: "OriginStampPlugin", targets: ["OriginStampPlugin"])],
    dependencies: [
        framework.contains(":")
            ? .package(url: framework, from: "0.1.0") : .package(name: "BrokerFramework", path: framework)
    ],
    targets: [
        .target(
            name: "OriginStampPlugin", dependencies: [.product(name: "BrokerPluginAPI", package: "BrokerFramework")]),
        .testTarget(
            name: "OriginStampPluginTests",
            dependencies: [
                "OriginStampPlugin", .product(name: "BrokerPluginTesting", package: "BrokerFramework"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
