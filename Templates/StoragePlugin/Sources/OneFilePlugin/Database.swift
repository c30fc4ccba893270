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
