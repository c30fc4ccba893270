// Written by Scripts/embed-templates.sh from Templates/StoragePlugin; changes belong there.
// swift-format-ignore-file

extension EmbeddedTemplates {
    static let storagePlugin: [PackageFile] = [
        PackageFile(path: ".gitignore", text: ##"""
.build/

"""##),
        PackageFile(path: "Package.swift", text: ##"""
// swift-tools-version: 6.2
import PackageDescription

// Where the framework is: a path or a URL. The environment variable BROKER_FRAMEWORK goes before what stands here.
let framework = Context.environment["BROKER_FRAMEWORK"] ?? "../.."

let package = Package(
    name: "one-file",
    platforms: [.macOS(.v15)],
    products: [.library(name: "OneFilePlugin", targets: ["OneFilePlugin"])],
    dependencies: [
        framework.contains(":")
            ? .package(url: framework, from: "0.1.0") : .package(name: "BrokerFramework", path: framework)
    ],
    targets: [
        .systemLibrary(name: "COneFilePlugin", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .target(
            name: "OneFilePlugin",
            dependencies: ["COneFilePlugin", .product(name: "BrokerPluginAPI", package: "BrokerFramework")]),
        .testTarget(
            name: "OneFilePluginTests",
            dependencies: [
                "OneFilePlugin", .product(name: "BrokerPluginTesting", package: "BrokerFramework"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)

"""##),
        PackageFile(path: "README.md", text: ##"""
# one-file

A storage back end: keeps all of a broker's data in one SQLite database, to be copied, backed up and looked into. SQLite is
needed to build it (`apt install libsqlite3-dev`).

1. **Build it, and sit the exam.** `Package.swift` says where the framework is; the environment variable
   `BROKER_FRAMEWORK`, a path or a URL, goes before that.

   ```sh
   swift test
   ```

2. **Make it yours.** `Sources/OneFilePlugin/OneFileStorage.swift` is the plug-in: its name, its options, and what its kind asks for.
   `Tests/OneFilePluginTests/OneFileTests.swift` holds it to what it promises: the kind's exam is one line of it.

3. **Use it in a broker.** `broker new broker shop` writes one. In its `Package.swift`:

   ```swift
   .package(path: "../one-file"),                                    // among the dependencies
   .product(name: "OneFilePlugin", package: "one-file"),       // among those of the target ShopBroker
   ```

   and in its composition:

   ```swift
   import OneFilePlugin

   Use(OneFileStorage.self)
   ```

   `swift run shop-broker plugins describe one-file` shows it, and so it is used:

   ```sh
   swift run shop-broker start --data ./data --override storage=one-file
   sqlite3 data/broker.sqlite 'SELECT path, size FROM files'
   shop-broker topics create audit -c storage=one-file         # or for some topics of a broker only
   ```

4. **Publish it.** Push the package to a repository of its own and tag a version, as `git tag 0.1.0`; others name its URL
   where the path stood. In its `Package.swift`, put the framework's URL in the place of its path first.

"""##),
        PackageFile(path: "Sources/COneFilePlugin/module.modulemap", text: ##"""
module COneFilePlugin [system] {
    header "shim.h"
    link "sqlite3"
    export *
}

"""##),
        PackageFile(path: "Sources/COneFilePlugin/shim.h", text: ##"""
#include <sqlite3.h>

"""##),
        PackageFile(path: "Sources/OneFilePlugin/Database.swift", text: ##"""
import BrokerPluginAPI
import COneFilePlugin

/// A connection to SQLite. Used by one thread at a time, which its owner's lock sees to.
struct Database: ~Copyable {
    private let handle: OpaquePointer
    private var statements: [String: OpaquePointer] = [:]

    init(path: String, cacheByteCount: Int64) throws(StorageError) {
        handle = try Self.opened(path, cacheByteCount)
    }

    private static func opened(_ path: String, _ cacheByteCount: Int64) throws(StorageError) -> OpaquePointer {
        var handle: OpaquePointer?
        // A commit outlives the process at once, and the machine when it was synchronized.
        let pragmas =
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -\(cacheByteCount / 1024)"
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        guard sqlite3_open_v2(path, &handle, flags, nil) == SQLITE_OK, let handle,
            sqlite3_busy_timeout(handle, 5_000) == SQLITE_OK,
            sqlite3_exec(handle, pragmas, nil, nil, nil) == SQLITE_OK
        else {
            defer { sqlite3_close_v2(handle) }
            throw error(handle, "opening '\(path)'")
        }
        return handle
    }

    deinit {
        for statement in statements.values { sqlite3_finalize(statement) }
        sqlite3_close_v2(handle)
    }

    enum Value {
        case integer(Int64)
        case text(String)
    }

    /// A row of an answer; not to be kept.
    struct Row {
        fileprivate let statement: OpaquePointer

        func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }

        func text(_ column: Int32) -> String {
            sqlite3_column_text(statement, column).map { String(cString: $0) } ?? ""
        }

        func bytes(_ column: Int32) -> UnsafeRawBufferPointer {
            UnsafeRawBufferPointer(
                start: sqlite3_column_blob(statement, column), count: Int(sqlite3_column_bytes(statement, column)))
        }
    }

    /// Runs statements that are not worth keeping.
    func execute(_ sql: String) throws(StorageError) {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw Self.error(handle, sql) }
    }

    /// Runs a statement, which is kept, and hands each row of its answer to `body`.
    mutating func run(_ sql: String, _ values: Value..., body: (Row) -> Void = { _ in }) throws(StorageError) {
        let statement = try prepared(sql)
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        for (index, value) in values.enumerated() { bind(value, to: statement, Int32(index + 1)) }
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW: body(Row(statement: statement))
            case SQLITE_DONE: return
            default: throw Self.error(handle, sql)
            }
        }
    }

    /// How many rows the last statement has changed.
    var changeCount: Int { Int(sqlite3_changes(handle)) }

    /// Runs `body` so that all of it happens, or nothing.
    mutating func transaction(_ body: (inout Database) throws(StorageError) -> Void) throws(StorageError) {
        try run("BEGIN IMMEDIATE")
        do throws(StorageError) {
            try body(&self)
            try run("COMMIT")
        } catch {
            // What made the commit fail may have ended the transaction already.
            try? execute("ROLLBACK")
            throw error
        }
    }

    /// Replaces bytes within a value of the column `bytes` in `table`.
    func overwrite(_ table: String, row: Int64, at offset: Int, with bytes: UnsafeRawBufferPointer) throws(StorageError)
    {
        var blob: OpaquePointer?
        defer { sqlite3_blob_close(blob) }
        guard sqlite3_blob_open(handle, "main", table, "bytes", row, 1, &blob) == SQLITE_OK,
            sqlite3_blob_write(blob, bytes.baseAddress, Int32(clamping: bytes.count), Int32(clamping: offset))
                == SQLITE_OK
        else { throw Self.error(handle, "writing to \(table)") }
    }

    private mutating func prepared(_ sql: String) throws(StorageError) -> OpaquePointer {
        if let statement = statements[sql] { return statement }
        var statement: OpaquePointer?
        guard sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil) == SQLITE_OK,
            let statement
        else { throw Self.error(handle, sql) }
        statements[sql] = statement
        return statement
    }

    private func bind(_ value: Value, to statement: OpaquePointer, _ index: Int32) {
        // SQLite's word for "copy it": what is bound goes before the statement is run.
        let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        switch value {
        case .integer(let number): sqlite3_bind_int64(statement, index, number)
        case .text(let text): sqlite3_bind_text(statement, index, text, -1, transient)
        }
    }

    private static func error(_ handle: OpaquePointer?, _ what: String) -> StorageError {
        let reason = sqlite3_errmsg(handle).map { String(cString: $0) } ?? "no memory"
        let code: StorageError.Code =
            switch sqlite3_errcode(handle) & 0xff {
            case SQLITE_FULL: .noSpace
            case SQLITE_PERM, SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_AUTH: .notPermitted
            default: .failed
            }
        return StorageError(code, "SQLite: \(reason) (\(what))")
    }
}

"""##),
        PackageFile(path: "Sources/OneFilePlugin/OneFileStorage.swift", text: ##"""
import BrokerPluginAPI

/// Keeps a log directory in one SQLite database: one file to copy, to back up, to look into with SQL.
public struct OneFileStorage: StorageProvider, Plugin {
    public static let name = "one-file"
    public static let summary = "Everything in one SQLite database, for small brokers that are copied and looked into."

    public struct Configuration: PluginConfiguration {
        public var file = "broker.sqlite"
        public var cache = ByteCount(16 << 20)

        public init() {}

        public static let schema = PluginSchema<Configuration> {
            ConfigKey("file", \.file, "The database's name in the log directory.") { name in
                name.isEmpty || name.contains("/") ? "a file's name, without a directory" : nil
            }
            ConfigKey(
                "cache", \.cache, "How much memory SQLite may keep pages in.",
                in: ByteCount(1 << 20)...ByteCount(1 << 40))
        }
    }

    private let configuration: Configuration

    public init(_ configuration: Configuration) { self.configuration = configuration }

    public func open(_ directory: String) throws(StorageError) -> any StorageBackend {
        try OneFileStorageBackend(
            directory: directory, file: configuration.file, cacheByteCount: configuration.cache.bytes)
    }
}

"""##),
        PackageFile(path: "Sources/OneFilePlugin/OneFileStorageBackend.swift", text: ##"""
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

"""##),
        PackageFile(path: "Sources/OneFilePlugin/OneFileStorageHandle.swift", text: ##"""
import BrokerPluginAPI

/// A file by its path. Holds nothing: its row is looked up with each call.
final class OneFileStorageHandle: StorageFile {
    private let path: String
    private let backend: OneFileStorageBackend

    init(path: String, backend: OneFileStorageBackend) {
        self.path = path
        self.backend = backend
    }

    func size() throws(StorageError) -> Int64 {
        try backend.withDatabase { database throws(StorageError) in
            try OneFileStorageRows.file(path, &database)?.size ?? 0
        }
    }

    func read(at offset: Int64, count: Int) throws(StorageError) -> ByteBuffer {
        try backend.withDatabase { database throws(StorageError) in
            guard let file = try OneFileStorageRows.file(path, &database) else {
                throw StorageError(.notFound, "read of \(path): no such file")
            }
            guard count > 0, offset >= 0, offset < file.size else { return ByteBuffer() }
            let length = Int(min(Int64(count), file.size - offset))
            var buffer = ByteBuffer(repeating: 0, count: length)
            let end = offset + Int64(length)
            try database.run(
                "SELECT id, bytes FROM chunks WHERE id BETWEEN ? AND ?", .integer(file.chunk(at: offset)),
                .integer(file.chunk(at: end - 1))
            ) { row in
                let start = file.offset(ofChunk: row.integer(0))
                let bytes = row.bytes(1)
                let (first, last) = (max(start, offset), min(start + Int64(bytes.count), end))
                guard first < last else { return }
                buffer.setBytes(
                    UnsafeRawBufferPointer(rebasing: bytes[Int(first - start)..<Int(last - start)]),
                    at: Int(first - offset))
            }
            return buffer
        }
    }

    func write(_ bytes: ByteBuffer, at offset: Int64) throws(StorageError) {
        try change { file, database throws(StorageError) in
            try bytes.withUnsafeReadableBytes { raw throws(StorageError) in
                try OneFileStorageRows.write(raw, at: offset, file, &database)
            }
            return max(file.size, offset + Int64(bytes.readableBytes))
        }
    }

    func truncate(to size: Int64) throws(StorageError) {
        try change { file, database throws(StorageError) in
            if size < file.size { try OneFileStorageRows.cut(file, to: size, &database) }
            return size
        }
    }

    func synchronize() throws(StorageError) {
        try backend.withDatabase { database throws(StorageError) in
            guard try OneFileStorageRows.file(path, &database) != nil else {
                throw StorageError(.notFound, "synchronize of \(path): no such file")
            }
            try OneFileStorageBackend.flush(&database)
        }
    }

    func reserve(upTo size: Int64) throws(StorageError) {}
    func region(at offset: Int64, count: Int) throws(StorageError) -> StorageRegion? { nil }
    func close() {}

    /// Makes the file if there is none, runs `body` on it, and sets the size that it answers.
    private func change(
        _ body: (OneFileStorageRows, inout Database) throws(StorageError) -> Int64
    ) throws(StorageError) {
        try backend.withDatabase { database throws(StorageError) in
            try database.transaction { database throws(StorageError) in
                try database.run("INSERT OR IGNORE INTO files (path, size, modified) VALUES (?, 0, 0)", .text(path))
                guard let file = try OneFileStorageRows.file(path, &database) else { return }
                let size = try body(file, &database)
                try database.run(
                    """
                    UPDATE files SET size = ?2, modified = CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)
                    WHERE id = ?1
                    """, .integer(file.id), .integer(size))
            }
        }
    }
}

/// What the database knows of a file: its row, and where its chunks are.
struct OneFileStorageRows {
    let id: Int64
    let size: Int64

    /// A chunk's key holds its file's id above 32 bits of the chunk's number.
    func chunk(at offset: Int64) -> Int64 { id << 32 | offset / OneFileStorageBackend.chunkSize }

    func offset(ofChunk chunk: Int64) -> Int64 { (chunk & 0xffff_ffff) * OneFileStorageBackend.chunkSize }

    static func file(_ path: String, _ database: inout Database) throws(StorageError) -> OneFileStorageRows? {
        var found: OneFileStorageRows?
        try database.run("SELECT id, size FROM files WHERE path = ?", .text(path)) { row in
            found = OneFileStorageRows(id: row.integer(0), size: row.integer(1))
        }
        return found
    }

    /// Removes a file, or all that is in a directory.
    static func remove(_ path: String, _ database: inout Database) throws(StorageError) {
        var ids: [Int64] = []
        try database.run(
            "SELECT id FROM files WHERE path = ?1 OR path > ?1 || '/' AND path < ?1 || '0'", .text(path)
        ) { ids.append($0.integer(0)) }
        for id in ids {
            try database.run(
                "DELETE FROM chunks WHERE id BETWEEN ? AND ?", .integer(id << 32), .integer(id << 32 | 0xffff_ffff))
            try database.run("DELETE FROM files WHERE id = ?", .integer(id))
        }
    }

    static func write(
        _ bytes: UnsafeRawBufferPointer, at offset: Int64, _ file: OneFileStorageRows, _ database: inout Database
    ) throws(StorageError) {
        var done = 0
        while done < bytes.count {
            let position = offset + Int64(done)
            let start = Int(position % OneFileStorageBackend.chunkSize)
            let length = min(bytes.count - done, Int(OneFileStorageBackend.chunkSize) - start)
            let id = file.chunk(at: position)
            try database.run(
                "INSERT OR IGNORE INTO chunks VALUES (?, zeroblob(\(OneFileStorageBackend.chunkSize)))", .integer(id))
            try database.overwrite(
                "chunks", row: id, at: start, with: UnsafeRawBufferPointer(rebasing: bytes[done..<done + length]))
            done += length
        }
    }

    /// Gives up what lies behind `size`, and wipes the rest of the last chunk: what was cut must not come back.
    static func cut(_ file: OneFileStorageRows, to size: Int64, _ database: inout Database) throws(StorageError) {
        let start = size % OneFileStorageBackend.chunkSize
        let kept = file.chunk(at: size)
        try database.run(
            "DELETE FROM chunks WHERE id BETWEEN ? AND ?", .integer(start == 0 ? kept : kept + 1),
            .integer(file.id << 32 | 0xffff_ffff))
        guard start > 0 else { return }
        var isThere = false
        try database.run("SELECT 1 FROM chunks WHERE id = ?", .integer(kept)) { _ in isThere = true }
        guard isThere else { return }
        let zeros = ByteBuffer(repeating: 0, count: Int(OneFileStorageBackend.chunkSize - start))
        try zeros.withUnsafeReadableBytes { raw throws(StorageError) in
            try database.overwrite("chunks", row: kept, at: Int(start), with: raw)
        }
    }
}

"""##),
        PackageFile(path: "Tests/OneFilePluginTests/OneFileTests.swift", text: ##"""
import BrokerPluginAPI
import BrokerPluginTesting
import Foundation
import OneFilePlugin
import Testing

@Suite struct OneFileTests {
    /// Runs `body` with the path of a directory that is not there yet, and removes it afterwards.
    private func withDirectory(_ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "one-file-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    @Test func `it is a storage backend`() throws {
        try withDirectory { directory in
            let storage = try OneFileStorage(.init()).open(directory)
            #expect(StorageExam(storage).violations == [])
        }
    }

    @Test func `what was secured is there wherever the process ends`() throws {
        try withDirectory { directory in
            var count = 0
            let exam = StorageCrashExam {
                count += 1
                let path = "\(directory)/\(count)"
                return .init(try OneFileStorage(.init()).open(path)) { _ in try OneFileStorage(.init()).open(path) }
            }
            #expect(exam.violations == [])
        }
    }

    @Test func `what was written is there when it is opened again`() throws {
        try withDirectory { directory in
            let text = ByteBuffer(string: "two pizzas")
            try OneFileStorage(.init()).open(directory).file("orders-0/00.log").write(text, at: 100_000)
            let again = try OneFileStorage(.init()).open(directory)
            #expect(try again.file("orders-0/00.log").read(at: 100_000, count: 99) == text)
            #expect(try again.list("orders-0").map(\.size) == [100_010])
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory).contains("broker.sqlite"))
        }
    }

    @Test func `room that is given up is used again`() throws {
        try withDirectory { directory in
            let storage = try OneFileStorage(.init()).open(directory)
            func fill(_ name: String) throws -> Int64 {
                try storage.file(name).write(ByteBuffer(repeating: 7, count: 4 << 20), at: 0)
                try storage.remove(name)
                let values = try FileManager.default.attributesOfItem(atPath: directory + "/broker.sqlite")
                return (values[.size] as? Int64) ?? -1
            }
            let first = try fill("first")
            for round in 0..<20 { _ = try fill("\(round)") }
            #expect(try fill("last") < first + 8 << 20)
        }
    }

    @Test func `names with slashes, percents and quotes are names`() throws {
        try withDirectory { directory in
            let storage = try OneFileStorage(.init()).open(directory)
            for name in ["a/b%", "a/b_", "a/b'c", "ab/c", "a0/d"] {
                try storage.file(name).write(ByteBuffer(string: name), at: 0)
            }
            try storage.rename("a", to: "other")
            #expect(try storage.list("").map(\.name) == ["a0", "ab", "other"])
            #expect(try storage.list("other").map(\.name) == ["b%", "b'c", "b_"])
        }
    }
}

"""##),
    ]
}
