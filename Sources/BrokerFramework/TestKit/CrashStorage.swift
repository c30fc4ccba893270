package import BrokerPluginAPI
internal import NIOCore
internal import Synchronization

/// A storage backend for tests that keeps apart what a process sees and what a disk would hold after a power cut.
///
/// `crash(seed:)` gives what could be found afterwards: of every file some of the 512-byte sectors written since the
/// last `synchronize`, of every directory a prefix of the changes since the last `synchronizeDirectory`. Calls are
/// counted; one of them can be made to fail, or to be the last.
package final class CrashStorage: StorageBackend {
    /// What happens at a given call.
    package enum Fault: Sendable {
        /// The call fails; a write is torn. Those after it work.
        case fail(at: Int, StorageError.Code)
        /// The call is torn, and it and all after it fail.
        case stop(at: Int)
    }

    private let state: Mutex<Disk>

    package convenience init(fault: Fault? = nil) { self.init(Disk(), fault: fault) }

    private init(_ disk: Disk, fault: Fault?) {
        var disk = disk
        disk.fault = fault
        state = Mutex(disk)
    }

    /// The calls so far that could change or secure something.
    package var callCount: Int { state.withLock { $0.calls } }
    /// Whether the fault has happened.
    package var hasFailed: Bool { state.withLock { $0.hasFailed } }

    /// What a machine could find after a power cut now.
    package func crash(seed: UInt64, fault: Fault? = nil) -> CrashStorage {
        var generator = SplitMix(seed: seed)
        return CrashStorage(state.withLock { $0.afterCrash(using: &generator) }, fault: fault)
    }

    /// The same content, as after a stop of the process alone.
    package func reopened(fault: Fault? = nil) -> CrashStorage {
        CrashStorage(state.withLock { $0.asDurable() }, fault: fault)
    }

    /// Makes later calls fail; counting begins anew.
    package func inject(_ fault: Fault?) {
        state.withLock { disk in
            disk.fault = fault
            disk.calls = 0
            disk.hasFailed = false
        }
    }

    package func list(_ directory: String) throws(StorageError) -> [StorageEntry] {
        state.withLock { disk in
            let prefix = directory.isEmpty ? "" : directory + "/"
            return disk.names.keys.sorted().compactMap { path -> StorageEntry? in
                guard path.hasPrefix(prefix), !path.isEmpty else { return nil }
                let name = path.dropFirst(prefix.count)
                guard !name.isEmpty, !name.contains("/"), let node = disk.names[path] else { return nil }
                let size = node < 0 ? 0 : disk.inodes[node].volatile.count
                return StorageEntry(name: String(name), isDirectory: node < 0, size: Int64(size), modified: 0)
            }
        }
    }

    package func file(_ path: String) -> any StorageFile { CrashFile(path: path, storage: self) }

    package func rename(_ path: String, to newPath: String) throws(StorageError) {
        try change { disk throws(StorageError) in
            guard disk.names[path] != nil else { throw StorageError(.notFound, "rename of \(path)") }
            disk.apply(.rename(path, newPath))
        }
    }

    package func remove(_ path: String) throws(StorageError) {
        try change { disk throws(StorageError) in
            if disk.names[path] != nil { disk.apply(.remove(path)) }
        }
    }

    package func synchronizeDirectory(_ directory: String) throws(StorageError) {
        try change { disk throws(StorageError) in
            guard directory.isEmpty || disk.names[directory] != nil else {
                throw StorageError(.notFound, "synchronizeDirectory of \(directory)")
            }
            disk.makeDurable(directory)
        }
    }

    package func lock(_ path: String) throws(StorageError) -> any StorageLock {
        guard state.withLock({ $0.locks.insert(path).inserted }) else { throw StorageError(.locked, path) }
        return CrashLock { [self] in state.withLock { _ = $0.locks.remove(path) } }
    }

    package func space() throws(StorageError) -> StorageSpace { StorageSpace(total: 1 << 40, usable: 1 << 40) }

    // MARK: Faults

    func change(torn: ((inout Disk) -> Void)? = nil, _ body: (inout Disk) throws(StorageError) -> Void)
        throws(StorageError)
    {
        try state.withLock { disk throws(StorageError) in
            disk.calls += 1
            switch disk.fault {
            case .fail(let number, let code) where number == disk.calls:
                disk.hasFailed = true
                torn?(&disk)
                throw StorageError(code, "call \(number) was made to fail")
            case .stop(let number) where number <= disk.calls:
                if number == disk.calls { torn?(&disk) }
                disk.hasFailed = true
                throw StorageError(.failed, "the machine stopped at call \(number)")
            default: try body(&disk)
            }
        }
    }

    func look<Value: Sendable>(_ body: (inout Disk) -> Value) -> Value { state.withLock { body(&$0) } }
}

/// A file of a `CrashStorage`.
private final class CrashFile: StorageFile {
    private let path: String
    private let storage: CrashStorage

    init(path: String, storage: CrashStorage) {
        self.path = path
        self.storage = storage
    }

    func size() throws(StorageError) -> Int64 { Int64(storage.look { $0.inode(path).map { $0.volatile.count } ?? 0 }) }

    func read(at offset: Int64, count: Int) throws(StorageError) -> ByteBuffer {
        let bytes: ByteBuffer? = storage.look { disk in
            guard let inode = disk.inode(path) else { return nil }
            let start = min(Int(offset), inode.volatile.count)
            return ByteBuffer(bytes: inode.volatile[start..<min(start + max(count, 0), inode.volatile.count)])
        }
        guard let bytes else { throw StorageError(.notFound, "read of \(path)") }
        return bytes
    }

    func write(_ bytes: ByteBuffer, at offset: Int64) throws(StorageError) {
        let all = Array(bytes.readableBytesView)
        try storage.change(torn: { $0.write(all[..<(all.count / 2)], to: self.path, at: Int(offset)) }) {
            disk throws(StorageError) in disk.write(all[...], to: path, at: Int(offset))
        }
    }

    func truncate(to size: Int64) throws(StorageError) {
        try storage.change { disk throws(StorageError) in disk.resize(path, to: Int(size)) }
    }

    func synchronize() throws(StorageError) {
        try storage.change { disk throws(StorageError) in
            guard let number = disk.names[path], number >= 0 else {
                throw StorageError(.notFound, "synchronize of \(path)")
            }
            disk.inodes[number].durable = disk.inodes[number].volatile
        }
    }

    func reserve(upTo size: Int64) throws(StorageError) {}
    func region(at offset: Int64, count: Int) throws(StorageError) -> StorageRegion? { nil }
    func close() {}
}

private final class CrashLock: StorageLock {
    private let releasing: @Sendable () -> Void

    init(releasing: @escaping @Sendable () -> Void) { self.releasing = releasing }

    func release() { releasing() }
}
