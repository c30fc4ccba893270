// swift-tools-version: 6.2
import PackageDescription

// Where the framework is: a path or a URL. The environment variable BROKER_FRAMEWORK goes before what stands here.
let framework = Context.environment["BROKER_FRAMEWORK"] ?? "../.."

let package = Package(
    name: "quick-gzip",
    platforms: [.macOS(.v15)],
    products: [.library(name: "QuickGzipPlugin", targets: ["QuickGzipPlugin"])],
    dependencies: [
        framework.contains(":")
            ? .package(url: framework, from: "0.1.0") : .package(name: "BrokerFramework", path: framework)
    ],
    targets: [
        .systemLibrary(name: "CQuickGzipPlugin", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(
            name: "QuickGzipPlugin",
            dependencies: ["CQuickGzipPlugin", .product(name: "BrokerPluginAPI", package: "BrokerFramework")]),
        .testTarget(
            name: "QuickGzipPluginTests",
            dependencies: [
                "QuickGzipPlugin", .product(name: "BrokerPluginTesting", package: "BrokerFramework"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
