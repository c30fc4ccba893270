package import BrokerPluginAPI
package import NIOCore

extension StorageBackend {
    /// The content of a small file; nil if there is none.
    package func readWhole(_ path: String, limit: Int = 1 << 30) throws(StorageError) -> ByteBuffer? {
        let file = file(path)
        defer { file.close() }
        let size = try file.size()
        guard size <= Int64(limit) else {
            throw StorageError(.failed, "\(path) has \(size) bytes, more than the \(limit) it may have")
        }
        do { return try file.read(at: 0, count: Int(size) + 1) } catch {
            if error.code == .notFound { return nil }
            throw error
        }
    }

    /// Writes a file so that after a crash there is either all of it or what there was before.
    ///
    /// - Parameter durably: whether it is to be durable on return, the directory included.
    package func replaceWhole(
        _ path: String, with bytes: ByteBuffer, durably: Bool = true
    ) throws(StorageError) {
        let temporary = path + ".tmp"
        let file = file(temporary)
        defer { file.close() }
        try file.truncate(to: 0)
        try file.write(bytes, at: 0)
        if durably { try file.synchronize() }
        try rename(temporary, to: path)
        if durably { try synchronizeDirectory(parent(of: path)) }
    }

    func parent(of path: String) -> String { path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "" }
}
