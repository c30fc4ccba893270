internal import BrokerPluginAPI

/// A file system in two images: what processes see, and what has been made durable.
struct Disk: Sendable {
    struct Inode: Sendable {
        var volatile: [UInt8] = []
        var durable: [UInt8] = []
    }

    enum Change: Sendable {
        case create(String, inode: Int)
        case rename(String, String)
        case remove(String)

        /// The directory whose entries change; renames stay within one.
        var directory: String {
            switch self {
            case .create(let path, _), .rename(let path, _), .remove(let path): Disk.parent(of: path)
            }
        }
    }

    var inodes: [Inode] = []
    /// What each path names: an inode, or −1 for a directory.
    var names: [String: Int] = [:]
    private var durableNames: [String: Int] = [:]
    private var pending: [Change] = []
    var locks: Set<String> = []
    var calls = 0
    var hasFailed = false
    var fault: CrashStorage.Fault?

    static func parent(of path: String) -> String { path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "" }

    func inode(_ path: String) -> Inode? { names[path].flatMap { $0 >= 0 ? inodes[$0] : nil } }

    mutating func apply(_ change: Change) {
        Self.apply(change, to: &names)
        pending.append(change)
    }

    private static func apply(_ change: Change, to names: inout [String: Int]) {
        switch change {
        case .create(let path, let inode): names[path] = inode
        case .remove(let path):
            for name in names.keys where name == path || name.hasPrefix(path + "/") { names[name] = nil }
        case .rename(let old, let new):
            let moved = names.filter { $0.key == old || $0.key.hasPrefix(old + "/") }
            for name in moved.keys { names[name] = nil }
            for (name, inode) in moved { names[new + name.dropFirst(old.count)] = inode }
        }
    }

    /// The durable image takes over the changes of one directory's entries.
    mutating func makeDurable(_ directory: String) {
        var rest: [Change] = []
        for change in pending {
            if change.directory == directory { Self.apply(change, to: &durableNames) } else { rest.append(change) }
        }
        pending = rest
    }

    mutating func write(_ bytes: ArraySlice<UInt8>, to path: String, at offset: Int) {
        let number = makeInode(path)
        let end = offset + bytes.count
        if inodes[number].volatile.count < end {
            inodes[number].volatile += [UInt8](repeating: 0, count: end - inodes[number].volatile.count)
        }
        inodes[number].volatile.replaceSubrange(offset..<end, with: bytes)
    }

    mutating func resize(_ path: String, to size: Int) {
        let number = makeInode(path)
        let now = inodes[number].volatile.count
        if size < now {
            inodes[number].volatile.removeSubrange(size...)
        } else {
            inodes[number].volatile += [UInt8](repeating: 0, count: size - now)
        }
    }

    private mutating func makeInode(_ path: String) -> Int {
        if let number = names[path] { return number }
        var directories: [String] = []
        var directory = Self.parent(of: path)
        while !directory.isEmpty, names[directory] == nil {
            directories.append(directory)
            directory = Self.parent(of: directory)
        }
        for directory in directories.reversed() { apply(.create(directory, inode: -1)) }
        inodes.append(Inode())
        apply(.create(path, inode: inodes.count - 1))
        return inodes.count - 1
    }

    // MARK: Images

    func asDurable() -> Disk {
        var disk = self
        for index in disk.inodes.indices { disk.inodes[index].durable = disk.inodes[index].volatile }
        disk.durableNames = names
        disk.pending = []
        disk.locks = []
        disk.calls = 0
        disk.hasFailed = false
        return disk
    }

    func afterCrash(using generator: inout SplitMix) -> Disk {
        var disk = Disk()
        disk.inodes = inodes.map { inode in
            let content = Self.torn(inode, using: &generator)
            return Inode(volatile: content, durable: content)
        }
        var names = durableNames
        // Of each directory's changes a prefix has arrived, as with a journal.
        var kept: [String: Int] = [:]
        for directory in Set(pending.map(\.directory)).sorted() {
            kept[directory] = generator.number(0...pending.count { $0.directory == directory })
        }
        for change in pending {
            guard let left = kept[change.directory], left > 0 else { continue }
            kept[change.directory] = left - 1
            if case .rename(let old, _) = change, names[old] == nil { continue }
            Self.apply(change, to: &names)
        }
        // What lies in a directory that is lost is lost.
        names = names.filter { path, _ in
            var directory = Self.parent(of: path)
            while !directory.isEmpty {
                if names[directory] == nil { return false }
                directory = Self.parent(of: directory)
            }
            return true
        }
        disk.names = names
        disk.durableNames = names
        return disk
    }

    private static func torn(_ inode: Inode, using generator: inout SplitMix) -> [UInt8] {
        let (old, new) = (inode.durable, inode.volatile)
        if old == new { return old }
        let sector = 512
        // Cutting a file is one change of its size, which a journal keeps whole.
        let isCut = old.starts(with: new)
        let mode = generator.number(0...(isCut ? 1 : 3))
        if mode == 0 { return old }
        if mode == 1 { return new }
        let size = generator.number(min(old.count, new.count)...max(old.count, new.count))
        var result = [UInt8](repeating: 0, count: size)
        for start in stride(from: 0, to: size, by: sector) {
            let source = generator.number(0...1) == 0 ? old : new
            for index in start..<min(start + sector, size) where index < source.count { result[index] = source[index] }
        }
        return result
    }
}
