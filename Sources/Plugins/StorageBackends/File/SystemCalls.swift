internal import BrokerPluginAPI

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The error of the system call that just failed.
func storageError(_ call: String, _ path: String, number: Int32 = errno) -> StorageError {
    let code: StorageError.Code =
        switch number {
        case ENOENT, ENOTDIR: .notFound
        case ENOSPC, EDQUOT: .noSpace
        case EMFILE, ENFILE: .tooManyOpenFiles
        case EACCES, EPERM, EROFS: .notPermitted
        default: .failed
        }
    return StorageError(code, "\(call) of \(path): \(String(cString: strerror(number)))")
}

/// Calls until the answer is something else than "interrupted".
@inline(__always)
func retrying<Value: SignedInteger>(_ call: () -> Value) -> Value {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}

/// Makes the directory at `path`, and those above it that are missing.
func makeDirectories(_ path: String) throws(StorageError) {
    if mkdir(path, 0o755) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
        throw storageError("mkdir", path)
    }
    try makeDirectories(String(path[..<slash]))
    if mkdir(path, 0o755) != 0 && errno != EEXIST { throw storageError("mkdir", path) }
}

/// What `lstat` says; nil if there is nothing at `path`.
func status(_ path: String) throws(StorageError) -> stat? {
    var information = stat()
    if lstat(path, &information) == 0 { return information }
    if errno == ENOENT || errno == ENOTDIR { return nil }
    throw storageError("stat", path)
}

extension stat {
    var isDirectory: Bool { st_mode & S_IFMT == S_IFDIR }

    /// In milliseconds since 1970.
    var modified: Int64 {
        #if canImport(Darwin)
            let time = st_mtimespec
        #else
            let time = st_mtim
        #endif
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
