import BrokerPluginAPI
import Dispatch
import MemoryStorage
import NIOCore
import Synchronization

/// Memory that does what it is asked to only while the test lets it.
final class HeldStorage: StorageBackend {
    enum Call: Hashable {
        /// To bring a file to the disk.
        case synchronize
        case write
    }

    private struct State {
        /// These calls on files whose path begins like this are held.
        var prefix: String?
        var calls: Set<Call> = []
        var waiting: [DispatchSemaphore] = []
    }

    private let memory = MemoryStorageBackend()
    private let state = Mutex(State())

    /// From now on none of the calls for files under `prefix` comes back.
    func hold(_ prefix: String, _ calls: Set<Call> = [.synchronize]) {
        state.withLock { ($0.prefix, $0.calls) = (prefix, calls) }
    }

    /// How many calls are being held.
    var heldCount: Int { state.withLock { $0.waiting.count } }

    func release() {
        let waiting = state.withLock { state in
            defer { state = State() }
            return state.waiting
        }
        for semaphore in waiting { semaphore.signal() }
    }

    fileprivate func pass(_ call: Call, _ path: String) {
        let semaphore = state.withLock { state -> DispatchSemaphore? in
            guard let prefix = state.prefix, path.hasPrefix(prefix), state.calls.contains(call) else { return nil }
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
        func write(_ bytes: ByteBuffer, at offset: Int64) throws(StorageError) {
            storage.pass(.write, path)
            try file.write(bytes, at: offset)
        }
        func truncate(to size: Int64) throws(StorageError) { try file.truncate(to: size) }
        func synchronize() throws(StorageError) {
            storage.pass(.synchronize, path)
            try file.synchronize()
        }
        func reserve(upTo size: Int64) throws(StorageError) { try file.reserve(upTo: size) }
        func region(at offset: Int64, count: Int) throws(StorageError) -> StorageRegion? {
            try file.region(at: offset, count: count)
        }
        func close() { file.close() }
    }
}
