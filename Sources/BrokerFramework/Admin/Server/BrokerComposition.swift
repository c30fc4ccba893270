public import BrokerPluginAPI

/// What a broker's executable is assembled from, and its main:
///
/// ```swift
/// @main struct Shop: BrokerComposition {
///     static var plugins: [any PluginComponent] {
///         DefaultPlugins()
///         Use(RegionRouter.self)
///     }
/// }
/// ```
///
/// The executable has the whole command line, with these plug-ins in it.
public protocol BrokerComposition: Sendable {
    /// The plug-ins, in order. Two of one kind and name are an error when the executable is run.
    @PluginBuilder static var plugins: [any PluginComponent] { get }
}

extension BrokerComposition {
    /// Runs the command the process was called with, and ends the process.
    public static func main() async { await BrokerCommand<Self>.main() }
}
