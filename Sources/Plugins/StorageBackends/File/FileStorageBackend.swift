public import BrokerPluginAPI
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Keeps logs in a directory of the local file system.
///
/// Descriptors are opened when a file is first used and kept within a limit; whoever holds a `StorageRegion` keeps
/// its descriptor open meanwhile. Safe on any thread.
public final class FileStorageBackend: StorageBackend {
    /// The absolute or relative path all others are relative to.
    public let root: String
    private let cache: DescriptorCache

    /// - Parameter maximumOpenFiles: the most descriptors to keep open; by default half of the process's limit.
    public init(root: String, maximumOpenFiles: Int? = nil) {
        var root = root
        while root.count > 1 && root.hasSuffix("/") { root.removeLast() }
        self.root = root
        cache = DescriptorCache(limit: maximumOpenFiles ?? DescriptorCache.standardLimit)
    }

    /// The descriptors open now, leases on evicted ones not counted.
    public var openFileCount: Int { cache.count }

    public func list(_ directory: String) throws(StorageError) -> [StorageEntry] {
        let path = absolute(directory)
        guard let stream = opendir(path) else {
            if errno == ENOENT || errno == ENOTDIR { return [] }
            throw storageError("opendir", path)
        }
        defer { closedir(stream) }
        var entries: [StorageEntry] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw storageError("readdir", path) }
                break
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: pointer.pointee)) {
                    String(cString: $0)
                }
            }
            // A file that is removed between the two calls is left out.
            guard name != ".", name != "..", let information = try status(path + "/" + name) else { continue }
            let isDirectory = information.isDirectory
            entries.append(
                StorageEntry(
                    name: name, isDirectory: isDirectory, size: isDirectory ? 0 : Int64(information.st_size),
                    modified: information.modified))
        }
        entries.sort { $0.name < $1.name }
        return entries
    }

    public func file(_ path: String) -> any StorageFile { LocalFile(path: absolute(path), cache: cache) }

    public func rename(_ path: String, to newPath: String) throws(StorageError) {
        #if canImport(Glibc)
            let result = Glibc.rename(absolute(path), absolute(newPath))
        #elseif canImport(Musl)
            let result = Musl.rename(absolute(path), absolute(newPath))
        #else
            let result = Darwin.rename(absolute(path), absolute(newPath))
        #endif
        guard result == 0 else { throw storageError("rename", absolute(path)) }
    }

    public func remove(_ path: String) throws(StorageError) {
        guard let information = try status(absolute(path)) else { return }
        if information.isDirectory {
            for entry in try list(path) { try remove(path + "/" + entry.name) }
            if rmdir(absolute(path)) != 0 && errno != ENOENT { throw storageError("rmdir", absolute(path)) }
        } else if unlink(absolute(path)) != 0 && errno != ENOENT {
            throw storageError("unlink", absolute(path))
        }
    }

    public func synchronizeDirectory(_ directory: String) throws(StorageError) {
        let path = absolute(directory)
        let number = retrying { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard number >= 0 else { throw storageError("open", path) }
        defer { close(number) }
        guard retrying({ fsync(number) }) == 0 else { throw storageError("fsync", path) }
    }

    public func lock(_ path: String) throws(StorageError) -> any StorageLock {
        let absolute = absolute(path)
        if let slash = absolute.lastIndex(of: "/") { try makeDirectories(String(absolute[..<slash])) }
        let number = retrying { open(absolute, O_RDWR | O_CREAT | O_CLOEXEC, 0o644) }
        guard number >= 0 else { throw storageError("open", absolute) }
        guard retrying({ flock(number, LOCK_EX | LOCK_NB) }) == 0, takeRecordLock(number) else {
            let isHeld = errno == EWOULDBLOCK || errno == EACCES
            let error = storageError("lock", absolute)
            close(number)
            throw isHeld ? StorageError(.locked, "\(absolute) is locked by another process") : error
        }
        return FileLock(number: number)
    }

    public func space() throws(StorageError) -> StorageSpace {
        var information = statvfs()
        guard retrying({ statvfs(root, &information) }) == 0 else { throw storageError("statvfs", root) }
        let block = Int64(information.f_frsize)
        return StorageSpace(
            total: Int64(information.f_blocks) * block, usable: Int64(information.f_bavail) * block)
    }

    /// Java's file locks are record locks: taken too, so that Kafka and this broker keep each other out.
    private func takeRecordLock(_ number: Int32) -> Bool {
        var range = flock()
        range.l_type = Int16(F_WRLCK)
        range.l_whence = Int16(SEEK_SET)
        return retrying { fcntl(number, F_SETLK, &range) } != -1
    }

    private func absolute(_ path: String) -> String { path.isEmpty ? root : root + "/" + path }
}

/// A locked file; the lock goes with the descriptor.
final class FileLock: StorageLock {
    private let number: Mutex<Int32?>

    init(number: Int32) { self.number = Mutex(number) }

    deinit { release() }

    func release() {
        number.withLock { held in
            if let number = held { close(number) }
            held = nil
        }
    }
}
