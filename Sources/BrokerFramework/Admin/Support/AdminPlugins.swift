public import BrokerPluginAPI
internal import DefaultPlugins

/// The plug-ins the commands may use, by the names users write: those that the executable was assembled with.
public enum AdminPlugins {
    /// The plug-ins of the reference broker.
    public static let builtIn = (try? PluginSet { DefaultPlugins() }) ?? .none

    /// What commands use. A broker's main sets it to its own composition.
    @TaskLocal public static var current: PluginSet = builtIn

    /// Each codec, with its defaults.
    static var codecs: [any CompressionCodec] {
        current.all(.codec).compactMap { try? $0.instance { _ in nil } }
    }

    /// The codec of that name, with its defaults; nil if there is none.
    static func codec(_ name: String) throws(PluginError) -> (any CompressionCodec)? {
        try current[.codec, name]?.instance { _ in nil }
    }

    /// The partitioner of that name, with the options that `lookup` finds.
    ///
    /// - Throws: what to tell the user.
    static func partitioner(_ name: String, _ lookup: ConfigLookup) throws(CommandFailure) -> any Partitioner {
        guard let registration = current[.partitioner, name] else {
            throw CommandFailure(
                current.unknown(.partitioner, name), kind: .usage,
                advice: "The partitioner must be one that this executable was assembled with: 'broker plugins list'.")
        }
        do throws(PluginError) { return try registration.instance(lookup) } catch {
            throw CommandFailure(error.message, kind: .usage)
        }
    }

    /// The name of the partitioner that is used where none is chosen.
    static var standardPartitioner: String { current.all(.partitioner).first?.name ?? "key-hash" }
}
