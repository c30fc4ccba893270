// swift-tools-version: 6.2
import PackageDescription

// The samples of the guides, and a broker that has them all.
let framework = Context.environment["BROKER_FRAMEWORK"] ?? "../../.."

let package = Package(
    name: "Guides",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "guide-broker", targets: ["GuideBroker"])],
    dependencies: [.package(name: "BrokerFramework", path: framework)],
    targets: [
        .target(name: "GuidePlugins", dependencies: [.product(name: "BrokerFramework", package: "BrokerFramework")]),
        .executableTarget(
            name: "GuideBroker",
            dependencies: ["GuidePlugins", .product(name: "BrokerFramework", package: "BrokerFramework")]),
        .testTarget(
            name: "GuidePluginsTests",
            dependencies: ["GuidePlugins", .product(name: "BrokerPluginTesting", package: "BrokerFramework")]),
    ]
)
