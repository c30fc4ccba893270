internal import BrokerPluginAPI
internal import NIOCore

/// What a broker does on a storage from its first start to its stop, and what it may rely on at each moment.
struct StorageLife {
    let storage: CutStorage
    /// What holds if the storage ends now.
    private(set) var claims: [StorageClaim] = []
    /// The content that was written of each file.
    private var written: [String: ByteBuffer] = [:]

    init(_ storage: CutStorage) { self.storage = storage }

    mutating func run() throws(StorageError) {
        try replace("meta.properties", "cluster.id=exam\n", after: nil)
        for round in 0..<3 {
            let log = "t-0/0\(round).log"
            try append(log, byteCount: 5_000)
            try append(log, byteCount: 700)
            try flush(log)
            try replace(
                "recovery-point", "t 0 \(round)\n", after: round == 0 ? nil : "t 0 \(round - 1)\n")
            // What is cut off was secured once; what takes its place is other bytes.
            try cut(log, to: 2_000)
            try append(log, byteCount: 900)
            try flush(log)
            // Not secured when it is renamed or when the life ends.
            try append(log, byteCount: 300)
        }
        try rename(directory: "t-0", to: "t-0-delete")
        try remove(directory: "t-0-delete")
        try replace("clean-shutdown", "version=0\n", after: nil)
        try remove(file: "clean-shutdown", content: "version=0\n")
    }

    /// Replaces a small file as a whole: written aside, secured, and renamed.
    private mutating func replace(_ path: String, _ content: String, after old: String?) throws(StorageError) {
        let new = ByteBuffer(string: content)
        let aside = storage.file(path + ".tmp")
        try aside.truncate(to: 0)
        try aside.write(new, at: 0)
        try aside.synchronize()
        claim("a file that replaces another is there whole", [path], .whole([old.map { ByteBuffer(string: $0) }, new]))
        try storage.rename(path + ".tmp", to: path)
        try storage.synchronizeDirectory("")
        claim("a rename that was secured stays", [path], .whole([new]))
    }

    private mutating func append(_ path: String, byteCount: Int) throws(StorageError) {
        let old = written[path] ?? ByteBuffer()
        let new = ByteBuffer(
            bytes: (0..<byteCount).map { UInt8(truncatingIfNeeded: ($0 &+ written.count &+ storage.callCount) &* 31) })
        try storage.file(path).write(new, at: Int64(old.readableBytes))
        written[path] = ByteBuffer(bytes: Array(old.readableBytesView) + Array(new.readableBytesView))
    }

    private mutating func flush(_ path: String) throws(StorageError) {
        try storage.file(path).synchronize()
        let directory = String(path.prefix { $0 != "/" })
        try storage.synchronizeDirectory(directory)
        try storage.synchronizeDirectory("")
        claim("what was synchronized is there after a crash", [path], .prefix(written[path] ?? ByteBuffer()))
    }

    private mutating func cut(_ path: String, to size: Int) throws(StorageError) {
        let kept = written[path]?.getSlice(at: 0, length: size) ?? ByteBuffer()
        claim("cutting a file leaves what is before the cut", [path], .prefix(kept))
        try storage.file(path).truncate(to: Int64(size))
        written[path] = kept
    }

    private mutating func rename(directory: String, to name: String) throws(StorageError) {
        func moved(_ path: String) -> String { name + path.dropFirst(directory.count) }
        let inside = claims.filter { $0.paths[0].hasPrefix(directory + "/") }
        for claim in inside {
            self.claim(
                "a rename leaves the old name or the new one", [claim.paths[0], moved(claim.paths[0])], claim.content)
        }
        try storage.rename(directory, to: name)
        try storage.synchronizeDirectory("")
        for claim in inside {
            claims.removeAll { $0.paths.contains(claim.paths[0]) }
            self.claim("a rename that was secured stays", [moved(claim.paths[0])], claim.content)
            self.claim("a rename that was secured stays", [claim.paths[0]], .whole([nil]))
        }
    }

    private mutating func remove(directory: String) throws(StorageError) {
        let inside = claims.filter { $0.paths[0].hasPrefix(directory + "/") }
        claims.removeAll { claim in inside.contains { $0.paths == claim.paths } }
        try storage.remove(directory)
        try storage.synchronizeDirectory("")
        for claim in inside { self.claim("what was removed durably stays away", claim.paths, .whole([nil])) }
    }

    private mutating func remove(file path: String, content: String) throws(StorageError) {
        claim("removing a file leaves all of it or nothing", [path], .whole([ByteBuffer(string: content), nil]))
        try storage.remove(path)
        try storage.synchronizeDirectory("")
        claim("what was removed durably stays away", [path], .whole([nil]))
    }

    /// Takes the place of what was claimed of the same paths before.
    private mutating func claim(_ promise: String, _ paths: [String], _ content: StorageClaim.Content) {
        claims.removeAll { $0.paths[0] == paths[0] }
        claims.append(StorageClaim(promise: promise, paths: paths, content: content))
    }
}

/// Something that must hold of a storage after a crash.
struct StorageClaim {
    enum Content {
        /// All of the file is one of these; nil stands for no file.
        case whole([ByteBuffer?])
        /// The file begins so; what comes then may be anything.
        case prefix(ByteBuffer)
    }

    var promise: String
    /// The names that the file may have, of which it has one.
    var paths: [String]
    var content: Content

    func examine(_ storage: any StorageBackend, _ moment: String, _ findings: inout Findings) throws {
        let there = try paths.filter { try Self.exists($0, storage) }
        guard there.count <= 1 else {
            return findings.expect(promise, false, "\(moment), there are both \(there[0]) and \(there[1])")
        }
        let found = try there.first.map { try storage.file($0).read(at: 0, count: 1 << 20) }
        let name = there.first ?? paths[0]
        switch content {
        case .whole(let allowed):
            findings.expect(
                promise, allowed.contains(found),
                "\(moment), \(name) " + (found.map { "has \($0.readableBytes) other bytes" } ?? "is not there"))
        case .prefix(let expected):
            let isThere = found?.getSlice(at: 0, length: expected.readableBytes) == expected
            findings.expect(
                promise, isThere,
                "\(moment), \(name) "
                    + (found.map { "has \($0.readableBytes) bytes, which do not begin as they must" } ?? "is not there")
            )
        }
    }

    private static func exists(_ path: String, _ storage: any StorageBackend) throws -> Bool {
        let slash = path.lastIndex(of: "/")
        let directory = slash.map { String(path[..<$0]) } ?? ""
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        return try storage.list(directory).contains { $0.name == name }
    }
}
