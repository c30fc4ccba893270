public import BrokerPluginAPI
internal import NIOCore
internal import Synchronization

/// Keeps logs in memory; they go with the process. Safe on any thread.
public final class MemoryStorageBackend: StorageBackend {
    private let capacity: Int64
    private let now: @Sendable () -> Int64
    private let tree = Mutex(Tree())
    private let used = Atomic<Int64>(0)

    struct Tree {
        var nodes: [String: MemoryNode] = [:]
        var locks: Set<String> = []
    }

    /// - Parameters:
    ///   - capacity: the most bytes to keep; writing more fails as on a full disk.
    ///   - now: the time that files are stamped with, in milliseconds since 1970.
    public init(capacity: Int64 = 1 << 30, now: @escaping @Sendable () -> Int64 = { 0 }) {
        self.capacity = capacity
        self.now = now
    }

    public func list(_ directory: String) throws(StorageError) -> [StorageEntry] {
        let prefix = directory.isEmpty ? "" : directory + "/"
        return tree.withLock { tree in
            var entries: [String: StorageEntry] = [:]
            for (path, node) in tree.nodes where path.hasPrefix(prefix) {
                let rest = path.dropFirst(prefix.count)
                if let slash = rest.firstIndex(of: "/") {
                    let name = String(rest[..<slash])
                    entries[name] = StorageEntry(name: name, isDirectory: true, size: 0, modified: 0)
                } else {
                    let (size, modified) = node.content.withLock { ($0.size, $0.modified) }
                    entries[String(rest)] = StorageEntry(
                        name: String(rest), isDirectory: false, size: Int64(size), modified: modified)
                }
            }
            return entries.values.sorted { $0.name < $1.name }
        }
    }

    public func file(_ path: String) -> any StorageFile { MemoryFile(path: path, backend: self) }

    public func rename(_ path: String, to newPath: String) throws(StorageError) {
        let renamed: Bool = tree.withLock { tree in
            if let node = tree.nodes.removeValue(forKey: path) {
                if let replaced = tree.nodes.updateValue(node, forKey: newPath) { drop(replaced) }
                return true
            }
            let moved = tree.nodes.keys.filter { $0.hasPrefix(path + "/") }
            for old in moved {
                tree.nodes[newPath + old.dropFirst(path.count)] = tree.nodes.removeValue(forKey: old)
            }
            return !moved.isEmpty
        }
        if !renamed { throw StorageError(.notFound, "rename of \(path): no such file") }
    }

    public func remove(_ path: String) throws(StorageError) {
        tree.withLock { tree in
            for name in tree.nodes.keys where name == path || name.hasPrefix(path + "/") {
                if let node = tree.nodes.removeValue(forKey: name) { drop(node) }
            }
        }
    }

    public func synchronizeDirectory(_ directory: String) throws(StorageError) {}

    public func lock(_ path: String) throws(StorageError) -> any StorageLock {
        guard tree.withLock({ $0.locks.insert(path).inserted }) else {
            throw StorageError(.locked, "\(path) is locked already")
        }
        return MemoryLock { [self] in tree.withLock { _ = $0.locks.remove(path) } }
    }

    public func space() throws(StorageError) -> StorageSpace {
        StorageSpace(total: capacity, usable: max(capacity - used.load(ordering: .relaxed), 0))
    }

    private func drop(_ node: MemoryNode) {
        let size = node.content.withLock { content in
            content.isRemoved = true
            return content.size
        }
        used.subtract(Int64(size), ordering: .relaxed)
    }

    func node(at path: String) -> MemoryNode? { tree.withLock { $0.nodes[path] } }

    func makeNode(at path: String) -> MemoryNode {
        tree.withLock { tree in
            if let node = tree.nodes[path] { return node }
            let node = MemoryNode(modified: now())
            tree.nodes[path] = node
            return node
        }
    }

    /// Changes a file's content within the capacity.
    func change(
        _ node: MemoryNode, to newSize: Int64, _ body: (inout MemoryNode.Content) -> Void
    ) throws(StorageError) {
        let fits: Bool = node.content.withLock { content in
            let growth = newSize - Int64(content.size)
            if growth > 0 && used.load(ordering: .relaxed) + growth > capacity { return false }
            let before = content.size
            body(&content)
            content.modified = now()
            if !content.isRemoved { used.add(Int64(content.size - before), ordering: .relaxed) }
            return true
        }
        if !fits { throw StorageError(.noSpace, "the memory backend's \(capacity) bytes are used up") }
    }
}

/// A handle on a file in memory; finds its content when first used.
final class MemoryFile: StorageFile {
    private let path: String
    private let backend: MemoryStorageBackend
    private let found = Mutex<MemoryNode?>(nil)

    init(path: String, backend: MemoryStorageBackend) {
        self.path = path
        self.backend = backend
    }

    private func node() -> MemoryNode? {
        found.withLock { found in
            if found == nil { found = backend.node(at: path) }
            return found
        }
    }

    private func nodeForWriting() -> MemoryNode {
        found.withLock { found in
            if let found, !found.content.withLock({ $0.isRemoved }) { return found }
            let node = backend.makeNode(at: path)
            found = node
            return node
        }
    }

    func size() throws(StorageError) -> Int64 { Int64(node()?.content.withLock { $0.size } ?? 0) }

    func read(at offset: Int64, count: Int) throws(StorageError) -> ByteBuffer {
        guard let node = node() else { throw StorageError(.notFound, "read of \(path): no such file") }
        return node.content.withLock { $0.read(at: Int(offset), count: count) }
    }

    func write(_ bytes: ByteBuffer, at offset: Int64) throws(StorageError) {
        let end = offset + Int64(bytes.readableBytes)
        try backend.change(nodeForWriting(), to: end) { $0.write(bytes, at: Int(offset)) }
    }

    func truncate(to size: Int64) throws(StorageError) {
        try backend.change(nodeForWriting(), to: size) { $0.resize(to: Int(size)) }
    }

    func synchronize() throws(StorageError) {
        guard node() != nil else { throw StorageError(.notFound, "synchronize of \(path): no such file") }
    }

    func reserve(upTo size: Int64) throws(StorageError) {}
    func region(at offset: Int64, count: Int) throws(StorageError) -> StorageRegion? { nil }
    func close() {}
}

final class MemoryLock: StorageLock {
    private let releasing: Mutex<(@Sendable () -> Void)?>

    init(releasing: @escaping @Sendable () -> Void) { self.releasing = Mutex(releasing) }

    deinit { release() }

    func release() {
        let releasing = releasing.withLock { $0.take() }
        releasing?()
    }
}
