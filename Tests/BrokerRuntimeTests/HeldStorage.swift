import BrokerPluginAPI
import Dispatch
import MemoryStorage
import NIOCore
import Synchronization

/// Memory that brings a file to the disk only while the test lets it.
final class HeldStorage: StorageBackend {
    private struct State {
        /// Files whose path begins like this are held.
        var prefix: String?
        var waiting: [DispatchSemaphore] = []
    }

    private let memory = MemoryStorageBackend()
    private let state = Mutex(State())

    /// From now on nothing under `prefix` reaches the disk.
    func hold(_ prefix: String) { state.withLock { $0.prefix = prefix } }

    /// How many calls are being held.
    var heldCount: Int { state.withLock { $0.waiting.count } }

    func release() {
        let waiting = state.withLock { state in
            defer { state = State() }
            return state.waiting
        }
        for semaphore in waiting { semaphore.signal() }
    }

    fileprivate func pass(_ path: String) {
        let semaphore = state.withLock { state -> DispatchSemaphore? in
            guard let prefix = state.prefix, path.hasPrefix(prefix) else { return nil }
            let semaphore = DispatchSemaphore(value: 0)
            state.waiting.append(semaphore)
            return semaphore
        }
        semaphore?.wait()
    }

    func list(_ directory: String) throws(StorageError) -> [StorageEntry] { try memory.list(directory) }
    func file(_ path: String) -> any StorageFile { File(file: memory.file(path), path: path, storage: self) }
    func rename(_ path: String, to newPath: String) throws(StorageError) { try memory.rename(path, to: newPath) }
    func remove(_ path: String) throws(StorageError) { try memory.remove(path) }
    func synchronizeDirectory(_ directory: String) throws(StorageError) { try memory.synchronizeDirectory(directory) }
    func lock(_ path: String) throws(StorageError) -> any StorageLock { try memory.lock(path) }
    func space() throws(StorageError) -> StorageSpace { try memory.space() }

    private final class File: StorageFile {
        private let file: any StorageFile
        private let path: String
        private let storage: HeldStorage

        init(file: any StorageFile, path: String, storage: HeldStorage) {
            self.file = file
            self.path = path
            self.storage = storage
        }

        func size() throws(StorageError) -> Int64 { try file.size() }
        func read(at offset: Int64, count: Int) throws(StorageError) -> ByteBuffer {
            try file.read(at: offset, count: count)
        }
        func write(_ bytes: ByteBuffer, at offset: Int64) throws(StorageError) { try file.write(bytes, at: offset) }
        func truncate(to size: Int64) throws(StorageError) { try file.truncate(to: size) }
        func synchronize() throws(StorageError) {
            storage.pass(path)
            try file.synchronize()
        }
        func reserve(upTo size: Int64) throws(StorageError) { try file.reserve(upTo: size) }
        func region(at offset: Int64, count: Int) throws(StorageError) -> StorageRegion? {
            try file.region(at: offset, count: count)
        }
        func close() { file.close() }
    }
}
