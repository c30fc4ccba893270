// swift-tools-version: 6.2
import PackageDescription

let framework = Target.Dependency.product(name: "BrokerFramework", package: "BrokerFramework")
let exams = Target.Dependency.product(name: "BrokerPluginTesting", package: "BrokerFramework")

let package = Package(
    name: "shop",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "shop-broker", targets: ["ShopBroker"])],
    dependencies: [.package(name: "BrokerFramework", path: "../BrokerFramework")],
    targets: [
        .target(name: "ShopPlugins", dependencies: [framework]),
        .executableTarget(name: "ShopBroker", dependencies: ["ShopPlugins", framework]),
        .testTarget(name: "ShopPluginsTests", dependencies: ["ShopPlugins", exams]),
    ]
)
