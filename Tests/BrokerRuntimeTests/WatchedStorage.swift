import BrokerPluginAPI
import MemoryStorage
import Synchronization

/// A storage back end that tells which files were put in place, and refuses some.
final class WatchedStorage: StorageBackend {
    private struct State {
        var replaced: [String] = []
        var refused: Set<String> = []
        var listing: @Sendable (String) -> Void = { _ in }
    }

    private let base = MemoryStorageBackend()
    private let state = Mutex(State())

    /// The names of files that were put in place whole, in order.
    var replaced: [String] { state.withLock { $0.replaced } }

    /// From now on these files cannot be put in place.
    func refuse(_ names: Set<String>) { state.withLock { $0.refused = names } }

    /// From now on `listing` is called before a directory is listed, which opening a log begins with.
    func onList(_ listing: @escaping @Sendable (String) -> Void) { state.withLock { $0.listing = listing } }

    func list(_ directory: String) throws(StorageError) -> [StorageEntry] {
        state.withLock { $0.listing }(directory)
        return try base.list(directory)
    }

    func file(_ path: String) -> any StorageFile { base.file(path) }

    func rename(_ path: String, to newPath: String) throws(StorageError) {
        let isRefused = state.withLock { state in
            state.replaced.append(newPath)
            return state.refused.contains(newPath)
        }
        if isRefused { throw StorageError(.noSpace, "rename to \(newPath)") }
        try base.rename(path, to: newPath)
    }

    func remove(_ path: String) throws(StorageError) { try base.remove(path) }
    func synchronizeDirectory(_ directory: String) throws(StorageError) { try base.synchronizeDirectory(directory) }
    func lock(_ path: String) throws(StorageError) -> any StorageLock { try base.lock(path) }
    func space() throws(StorageError) -> StorageSpace { try base.space() }
}
