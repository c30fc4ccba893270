import BrokerFramework
import ShopPlugins

/// The reference broker's plug-ins, and those of this package.
@main
struct ShopBroker: BrokerComposition {
    static var plugins: [any PluginComponent] {
        DefaultPlugins()
        Use(RegionRouter.self)
        Use(KeepRecords.self)
    }
}
