import BrokerAdmin
import BrokerPluginAPI
import DefaultPlugins

/// The reference broker: a composition, nothing a user could not write.
@main
struct DefaultBroker: BrokerComposition {
    static var plugins: [any PluginComponent] {
        DefaultPlugins()
    }
}
