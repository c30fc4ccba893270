internal import BrokerMetadata
public import BrokerPluginAPI
internal import DefaultPlugins

/// The plug-ins the commands may use, by the names users write: those that the executable was assembled with.
public enum AdminPlugins {
    /// The plug-ins of the reference broker.
    public static let builtIn = (try? PluginSet { DefaultPlugins() }) ?? .none

    /// What commands use. A broker's main sets it to its own composition.
    @TaskLocal public static var current: PluginSet = builtIn

    /// What topics and brokers can be configured with: Kafka's keys, and those of the plug-ins.
    static var schemas: ConfigSchemas { ConfigSchemas(current) }

    /// Each codec, with its defaults.
    static var codecs: [any CompressionCodec] {
        current.all(.codec).compactMap { try? $0.instance { _ in nil } }
    }

    /// The codec of that name, with its defaults; nil if there is none.
    static func codec(_ name: String) throws(PluginError) -> (any CompressionCodec)? {
        try current[.codec, name]?.instance { _ in nil }
    }

    /// The name of the partitioner that is used where none is chosen.
    static var standardPartitioner: String { current.all(.partitioner).first?.name ?? "key-hash" }
}
