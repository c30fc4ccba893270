// swift-tools-version: 6.2
import PackageDescription

// Where the framework is: a path beside this package, or its repository.
let framework = Package.Dependency.package(
    name: "BrokerFramework", path: Context.environment["BROKER_FRAMEWORK"] ?? "../..")

let package = Package(
    name: "CustomBroker",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "shop-broker", targets: ["ShopBroker"])],
    dependencies: [framework],
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
