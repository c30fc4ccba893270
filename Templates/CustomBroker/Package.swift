// swift-tools-version: 6.2
import PackageDescription

// Where the framework is: a path or a URL. The environment variable BROKER_FRAMEWORK goes before what stands here.
let framework = Context.environment["BROKER_FRAMEWORK"] ?? "../.."

let package = Package(
    name: "shop",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "shop-broker", targets: ["ShopBroker"])],
    dependencies: [
        framework.contains(":")
            ? .package(url: framework, from: "0.1.0") : .package(name: "BrokerFramework", path: framework)
    ],
    targets: [
        .target(name: "ShopPlugins", dependencies: [.product(name: "BrokerFramework", package: "BrokerFramework")]),
        .executableTarget(
            name: "ShopBroker",
            dependencies: ["ShopPlugins", .product(name: "BrokerFramework", package: "BrokerFramework")]),
        .testTarget(
            name: "ShopPluginsTests",
            dependencies: ["ShopPlugins", .product(name: "BrokerPluginTesting", package: "BrokerFramework")]),
    ],
    swiftLanguageModes: [.v6]
)
