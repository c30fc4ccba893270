public import BrokerPluginAPI
internal import Synchronization

/// The storages that a broker was assembled with. Each is made when it is first needed: one that nobody uses may lack what
/// it needs.
///
/// Safe on any thread.
public final class StorageProviders: Sendable {
    private let plugins: PluginSet
    private let lookup: @Sendable (String) -> String?
    private let made = Mutex<[String: any StorageProvider]>([:])

    /// - Parameter lookup: finds the values of their options.
    public init(_ plugins: PluginSet = .none, lookup: @escaping @Sendable (String) -> String? = { _ in nil }) {
        self.plugins = plugins
        self.lookup = lookup
    }

    package var names: [String] { plugins.all(.storage).map(\.name) }

    /// The storage of that name; always the same one.
    ///
    /// - Throws: why there is none. It is tried again the next time.
    package func provider(named name: String) throws(PluginError) -> any StorageProvider {
        // Held while it is made, so that nobody makes a second one.
        try made.withLock { made throws(PluginError) in
            if let provider = made[name] { return provider }
            guard let plugin = plugins[.storage, name] else { throw .reject(plugins.unknown(.storage, name)) }
            let provider: any StorageProvider = try plugin.instance(lookup)
            made[name] = provider
            return provider
        }
    }

    /// Whether what is written to the storage of that name is there after a restart; nil where it cannot be used.
    package func isPersistent(_ name: String) -> Bool? { (try? provider(named: name))?.isPersistent }

    /// The backend that the storage of that name has at a directory. May block.
    package func open(_ name: String, at directory: String) throws(StorageError) -> any StorageBackend {
        let provider: any StorageProvider
        do throws(PluginError) { provider = try self.provider(named: name) } catch {
            throw StorageError(.failed, error.message)
        }
        return try provider.open(directory)
    }
}
