internal import BrokerPluginAPI
internal import FileStorage
internal import NIOCore

/// Writes a package into a directory that is not there yet: all of it, or nothing.
enum PackageWriter {
    static func write(_ files: [PackageFile], to path: String) throws(CommandFailure) {
        let (parent, name) = split(path)
        guard !["", ".", ".."].contains(name) else {
            throw CommandFailure("'\(path)' cannot be the path of a new package.", kind: .usage)
        }
        let storage = FileStorageBackend(root: parent)
        let draft = ".\(name).new"
        let isThere: Bool
        do throws(StorageError) {
            isThere = try storage.list("").contains { $0.name == name }
            if !isThere {
                try storage.remove(draft)
                for file in files {
                    try storage.file("\(draft)/\(file.path)").write(ByteBuffer(string: file.text), at: 0)
                }
                try storage.rename(draft, to: name)
            }
        } catch {
            try? storage.remove(draft)
            throw CommandFailure("The package cannot be written: \(error.message).", kind: .inputOutput)
        }
        if isThere {
            throw CommandFailure(
                "'\(path)' is there already.", kind: .alreadyExists,
                advice: "Nothing was changed. Choose another name, or another place with --path.")
        }
    }

    private static func split(_ path: String) -> (parent: String, name: String) {
        var path = Substring(path)
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        guard let slash = path.lastIndex(of: "/") else { return (".", String(path)) }
        return (slash == path.startIndex ? "/" : String(path[..<slash]), String(path[path.index(after: slash)...]))
    }
}
