/// All that a package needs which assembles a broker of its own: the protocols of the plug-ins, the built-in ones, the
/// command line, and the broker itself for those who run it in their own process.
@_exported public import BrokerAdmin
@_exported public import BrokerModel
@_exported public import BrokerPluginAPI
@_exported public import BrokerRuntime
@_exported public import DefaultPlugins
@_exported public import NIOCore
