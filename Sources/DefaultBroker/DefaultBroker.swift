import ArgumentParser
import BrokerAdmin
import BrokerRuntime

/// The reference broker: a composition and a main, nothing a user could not write.
@main
struct DefaultBroker: BrokerComposition {
    static func main() async { await BrokerCommand<DefaultBroker>.main() }
}
