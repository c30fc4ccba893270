/// All that a package needs which assembles a broker of its own: the protocols of the plug-ins, the built-in ones, and the
/// command line.
@_exported public import BrokerAdmin
@_exported public import BrokerModel
@_exported public import BrokerPluginAPI
@_exported public import DefaultPlugins
@_exported public import NIOCore
