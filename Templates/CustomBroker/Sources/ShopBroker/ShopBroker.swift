import BrokerFramework
import ShopPlugins

/// The shop's broker: the reference broker's plug-ins and two of its own.
@main
struct ShopBroker: BrokerComposition {
    static var plugins: [any PluginComponent] {
        DefaultPlugins()
        Use(RegionRouter.self)
        Use(KeepLastN.self)
    }
}
