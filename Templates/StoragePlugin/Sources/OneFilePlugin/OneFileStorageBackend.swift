import BrokerPluginAPI
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Files as rows: their names in one table, their bytes in chunks in another. One connection, one call at a time.
///
/// Each change is a transaction that outlives the process; `synchronize()` makes all that were before it outlive the
/// machine. Directories are there when something is in them. What is removed is used again for what comes.
final class OneFileStorageBackend: StorageBackend {
    /// Small, so that a short append touches little; chunks that are not there are zeros.
    static let chunkSize: Int64 = 1 << 15

    private let directory: String
    private let database: Mutex<Database>

    init(directory: String, file: String, cacheByteCount: Int64) throws(StorageError) {
        self.directory = directory
        try Self.makeDirectories(directory)
        var database = try Database(path: directory + "/" + file, cacheByteCount: cacheByteCount)
        try database.transaction { database throws(StorageError) in
            try database.execute(
                """
                CREATE TABLE IF NOT EXISTS files
                    (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, modified INTEGER NOT NULL);
                CREATE TABLE IF NOT EXISTS chunks (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
                CREATE TABLE IF NOT EXISTS flushes (id INTEGER PRIMARY KEY, count INTEGER NOT NULL);
                INSERT OR IGNORE INTO flushes VALUES (0, 0);
                """)
        }
        self.database = Mutex(database)
    }

    /// Runs `body` with the connection while nobody else has it.
    func withDatabase<Answer: Sendable>(
        _ body: (inout Database) throws(StorageError) -> Answer
    ) throws(StorageError) -> Answer {
        try database.withLock { database throws(StorageError) in try body(&database) }
    }

    func list(_ directory: String) throws(StorageError) -> [StorageEntry] {
        let prefix = directory.isEmpty ? "" : directory + "/"
        return try withDatabase { database throws(StorageError) in
            var entries: [String: StorageEntry] = [:]
            // '0' stands right behind '/'.
            try database.run(
                "SELECT path, size, modified FROM files WHERE ?1 = '' OR path > ?1 || '/' AND path < ?1 || '0'",
                .text(directory)
            ) { row in
                let rest = row.text(0).dropFirst(prefix.count)
                let name = String(rest.prefix { $0 != "/" })
                let isDirectory = name.count < rest.count
                entries[name] = StorageEntry(
                    name: name, isDirectory: isDirectory, size: isDirectory ? 0 : row.integer(1),
                    modified: isDirectory ? 0 : row.integer(2))
            }
            return entries.values.sorted { $0.name < $1.name }
        }
    }

    func file(_ path: String) -> any StorageFile { OneFileStorageHandle(path: path, backend: self) }

    func rename(_ path: String, to newPath: String) throws(StorageError) {
        try withDatabase { database throws(StorageError) in
            try database.transaction { database throws(StorageError) in
                if try OneFileStorageRows.file(path, &database) != nil {
                    if path != newPath { try OneFileStorageRows.remove(newPath, &database) }
                    try database.run("UPDATE files SET path = ?2 WHERE path = ?1", .text(path), .text(newPath))
                } else {
                    try database.run(
                        """
                        UPDATE files SET path = ?2 || substr(path, length(?1) + 1)
                        WHERE path > ?1 || '/' AND path < ?1 || '0'
                        """, .text(path), .text(newPath))
                }
                guard database.changeCount > 0 else { throw StorageError(.notFound, "rename of \(path): no such file") }
            }
        }
    }

    func remove(_ path: String) throws(StorageError) {
        try withDatabase { database throws(StorageError) in
            try database.transaction { database throws(StorageError) in try OneFileStorageRows.remove(path, &database) }
        }
    }

    /// Nothing is left to do for a directory alone: what a flush covers, it covers for all of the database.
    func synchronizeDirectory(_ directory: String) throws(StorageError) {
        try withDatabase { database throws(StorageError) in try Self.flush(&database) }
    }

    /// Makes all changes so far durable: a commit that waits for the disk takes along what was committed before it.
    static func flush(_ database: inout Database) throws(StorageError) {
        try database.execute("PRAGMA synchronous = FULL")
        defer { try? database.execute("PRAGMA synchronous = NORMAL") }
        try database.run("UPDATE flushes SET count = count + 1")
    }

    func lock(_ path: String) throws(StorageError) -> any StorageLock {
        let file = directory + "/" + path.split(separator: "/").joined(separator: "_")
        let number = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard number >= 0 else { throw StorageError(.notPermitted, "\(file) cannot be opened to be locked") }
        guard flock(number, LOCK_EX | LOCK_NB) == 0 else {
            close(number)
            throw StorageError(.locked, "\(file) is locked by another process")
        }
        return OneFileStorageLock(StorageDescriptor(number: number) { _ = Self.closeFile($0) })
    }

    func space() throws(StorageError) -> StorageSpace {
        var information = statvfs()
        guard statvfs(directory, &information) == 0 else {
            throw StorageError(.failed, "no answer of statvfs \(directory)")
        }
        let block = Int64(information.f_frsize)
        return StorageSpace(total: Int64(information.f_blocks) * block, usable: Int64(information.f_bavail) * block)
    }

    private static func closeFile(_ number: Int32) -> Int32 { close(number) }

    private static func makeDirectories(_ path: String) throws(StorageError) {
        var made = path.hasPrefix("/") ? "" : "."
        for name in path.split(separator: "/") {
            made += "/" + name
            guard mkdir(made, 0o755) == 0 || errno == EEXIST else {
                throw StorageError(.notPermitted, "the directory \(made) cannot be made")
            }
        }
    }
}

/// A locked file; the lock goes with its descriptor.
final class OneFileStorageLock: StorageLock {
    private let held: Mutex<StorageDescriptor?>

    init(_ descriptor: StorageDescriptor) { held = Mutex(descriptor) }

    func release() {
        let descriptor = held.withLock { $0.take() }
        _ = descriptor
    }
}
