public import BrokerPluginAPI
internal import Codecs
internal import Partitioners

/// The plug-ins the commands may use, by the names users write.
///
/// An executable with plug-ins of its own runs its commands within `AdminPlugins.$current.withValue(…)`.
public struct AdminPlugins: Sendable {
    /// A codec's name is its type's.
    public var codecs: [any CompressionCodec]
    /// The first one is used unless another is asked for.
    public var partitioners: [(name: String, make: @Sendable () -> any Partitioner)]

    public init(
        codecs: [any CompressionCodec], partitioners: [(name: String, make: @Sendable () -> any Partitioner)]
    ) {
        self.codecs = codecs
        self.partitioners = partitioners
    }

    /// The codecs and partitioners of this package.
    public static var builtIn: AdminPlugins {
        AdminPlugins(
            codecs: BuiltInCodecs.all,
            partitioners: [("key-hash", { KeyHashPartitioner() }), ("round-robin", { RoundRobinPartitioner() })])
    }

    /// What commands use.
    @TaskLocal public static var current: AdminPlugins = .builtIn
}
