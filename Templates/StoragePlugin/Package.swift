// swift-tools-version: 6.2
import PackageDescription

// Where the framework is: a path or a URL. The environment variable BROKER_FRAMEWORK goes before what stands here.
let framework = Context.environment["BROKER_FRAMEWORK"] ?? "../.."

let package = Package(
    name: "one-file",
    platforms: [.macOS(.v15)],
    products: [.library(name: "OneFilePlugin", targets: ["OneFilePlugin"])],
    dependencies: [
        framework.contains(":")
            ? .package(url: framework, from: "0.1.0") : .package(name: "BrokerFramework", path: framework)
    ],
    targets: [
        .systemLibrary(name: "COneFilePlugin", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .target(
            name: "OneFilePlugin",
            dependencies: ["COneFilePlugin", .product(name: "BrokerPluginAPI", package: "BrokerFramework")]),
        .testTarget(
            name: "OneFilePluginTests",
            dependencies: [
                "OneFilePlugin", .product(name: "BrokerPluginTesting", package: "BrokerFramework"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
