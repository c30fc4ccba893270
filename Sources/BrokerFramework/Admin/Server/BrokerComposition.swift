public import BrokerRuntime

/// What a broker's executable is assembled from. Its `main` is one line:
///
/// ```swift
/// @main struct MyBroker: BrokerComposition {
///     static var plugins: BrokerPlugins { … }
///     static func main() async { await BrokerCommand<MyBroker>.main() }
/// }
/// ```
public protocol BrokerComposition: Sendable {
    static var plugins: BrokerPlugins { get }
}
