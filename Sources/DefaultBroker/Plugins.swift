import Authorizers
import BrokerRuntime
import Codecs
import FileStorage
import MemoryStorage

extension DefaultBroker {
    /// What is in the broker.
    static var plugins: BrokerPlugins {
        BrokerPlugins(
            codecs: BuiltInCodecs.all, authorizer: AllowAll(),
            storage: { path in FileStorageBackend(root: path) },
            ephemeralStorage: { MemoryStorageBackend() })
    }
}
