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
