import BrokerFramework
import ShopPlugins

@main
struct ShopBroker: BrokerComposition {
    static var plugins: [any PluginComponent] {
        DefaultPlugins()
        Use(BigCustomers.self)
        Use(KeepDays.self)
    }
}
