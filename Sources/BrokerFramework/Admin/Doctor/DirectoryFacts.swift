internal import BrokerCommitLog
internal import NIOCore

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// What there is to know of a log directory without changing or locking anything.
struct DirectoryFacts: Hashable, Sendable {
    enum Kind: Hashable, Sendable { case missing, directory, other }

    var path: String
    var kind = Kind.missing
    /// Whether this user may write there; for a missing directory, in the nearest one above that exists.
    var isWritable = false
    /// In bytes, for this user.
    var usableByteCount: Int64 = 0
    var totalByteCount: Int64 = 0
    var freeFileCount: Int64 = 0
    /// `ext4`, `nfs4`; nil if the system does not tell.
    var fileSystem: String?
    /// The process that holds the lock; nil if nobody does.
    var lockedBy: Int32?
    var isEmpty = true
    var meta: Meta?
    /// Whether the last broker ended in order.
    var isClean = false

    struct Meta: Hashable, Sendable {
        var clusterID: String
        var nodeID: Int32
    }

    init(path: String) { self.path = path }

    static func gather(_ path: String) -> DirectoryFacts {
        var facts = DirectoryFacts(path: path)
        var information = stat()
        if stat(path, &information) == 0 {
            facts.kind = information.st_mode & S_IFMT == S_IFDIR ? .directory : .other
        }
        let existing = facts.kind == .missing ? nearest(above: path) : path
        facts.isWritable = access(existing, W_OK | X_OK) == 0
        var room = statvfs()
        if statvfs(existing, &room) == 0 {
            let block = Int64(room.f_frsize)
            facts.usableByteCount = Int64(clamping: room.f_bavail).multipliedReportingOverflow(by: block).partialValue
            facts.totalByteCount = Int64(clamping: room.f_blocks).multipliedReportingOverflow(by: block).partialValue
            facts.freeFileCount = room.f_files == 0 ? .max : Int64(clamping: room.f_favail)
        }
        facts.fileSystem = fileSystem(existing)
        guard facts.kind == .directory else { return facts }
        facts.isEmpty = isEmpty(path)
        facts.lockedBy = holder(of: path + "/.lock")
        facts.isClean = access(path + "/.kafka_cleanshutdown", F_OK) == 0
        if let text = TextFile.read(path + "/" + MetaProperties.fileName),
            let meta = MetaProperties(ByteBuffer(string: text))
        {
            facts.meta = Meta(clusterID: meta.clusterID, nodeID: meta.nodeID)
        }
        return facts
    }

    /// The nearest directory above a path that exists.
    private static func nearest(above path: String) -> String {
        var path = path
        while let slash = path.lastIndex(of: "/") {
            path = String(path[..<slash])
            if path.isEmpty { return "/" }
            if access(path, F_OK) == 0 { return path }
        }
        return "."
    }

    private static func isEmpty(_ path: String) -> Bool {
        guard let stream = opendir(path) else { return true }
        defer { closedir(stream) }
        var count = 0
        while readdir(stream) != nil { count += 1 }
        return count <= 2
    }

    /// Who holds a record lock; asks without taking it.
    private static func holder(of path: String) -> Int32? {
        let file = open(path, O_RDWR | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var range = flock()
        range.l_type = Int16(F_WRLCK)
        range.l_whence = Int16(SEEK_SET)
        guard fcntl(file, F_GETLK, &range) == 0, range.l_type != Int16(F_UNLCK) else { return nil }
        return range.l_pid
    }

    /// The type of the mount that a path is on, from the kernel's table of mounts.
    private static func fileSystem(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return TextFile.read("/proc/self/mounts").flatMap { fileSystem(of: String(cString: resolved), mounts: $0) }
    }

    /// - Parameter mounts: lines of device, mount point and type; a later mount covers an earlier one.
    static func fileSystem(of path: String, mounts: String) -> String? {
        var best: (point: String, type: String)?
        for line in mounts.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 2 else { continue }
            let point = String(fields[1])
            let isAbove = point == "/" || path == point || path.hasPrefix(point + "/")
            if isAbove, point.utf8.count >= best?.point.utf8.count ?? 0 { best = (point, String(fields[2])) }
        }
        return best?.type
    }
}
