public import NIOCore

/// Where a log directory's bytes live: a small file system that the commit log is written on.
///
/// Paths are relative to the backend's root, with `/` between names. All calls are synchronous and may block; they
/// may come from any thread, several at a time, but never two writers of one file at once.
///
/// Durability is explicit. What was written may be lost or torn by a crash until `StorageFile.synchronize()` has
/// returned; that a file or directory exists, was renamed or removed may be undone by a crash until
/// `synchronizeDirectory(_:)` of its parent has returned.
public protocol StorageBackend: Sendable {
    /// What stands directly in a directory, sorted by name; empty if there is no such directory.
    func list(_ directory: String) throws(StorageError) -> [StorageEntry]

    /// A handle on the file at `path`. Does no I/O: the file and its directories appear with the first write.
    func file(_ path: String) -> any StorageFile

    /// Renames a file or a directory with all that is in it, replacing a file of the new name atomically.
    /// Handles on what was moved must not be used any more.
    func rename(_ path: String, to newPath: String) throws(StorageError)

    /// Removes a file, or a directory with all that is in it. No error if there is none.
    func remove(_ path: String) throws(StorageError)

    /// Makes creations, renames and removals directly in `directory` durable.
    func synchronizeDirectory(_ directory: String) throws(StorageError)

    /// Takes the lock file at `path` for this process until the answer is released; throws `.locked` if another
    /// holder has it.
    func lock(_ path: String) throws(StorageError) -> any StorageLock

    /// The total and the usable size in bytes of what the backend stands on.
    func space() throws(StorageError) -> StorageSpace
}

/// A file of a `StorageBackend`.
public protocol StorageFile: AnyObject, Sendable {
    /// The size in bytes; 0 if the file does not exist yet. Space that was only reserved does not count.
    func size() throws(StorageError) -> Int64

    /// Up to `count` bytes from `offset`; fewer only where the file ends. Throws `.notFound` if there is no file.
    func read(at offset: Int64, count: Int) throws(StorageError) -> ByteBuffer

    /// Writes all of `bytes` at `offset`, extending the file as needed.
    func write(_ bytes: ByteBuffer, at offset: Int64) throws(StorageError)

    /// Cuts or extends (with zeros) the file to `size`, and gives back what was reserved beyond it. Makes the file if
    /// there is none. Cutting alone leaves, after a crash, the old size or the new one.
    func truncate(to size: Int64) throws(StorageError)

    /// Makes the file's content and size durable. After an error nothing may be assumed of any earlier write:
    /// the caller must not try again and go on. Throws `.notFound` if there is no file.
    func synchronize() throws(StorageError)

    /// Asks for room up to `size` bytes ahead of writing. A hint: may do nothing, throws only `.noSpace`.
    func reserve(upTo size: Int64) throws(StorageError)

    /// A part of the file that can go to a socket without passing through this process, or nil if the backend
    /// has none: then the caller reads instead.
    func region(at offset: Int64, count: Int) throws(StorageError) -> StorageRegion?

    /// Gives up what the handle holds, such as a descriptor. It may be used again and then opens anew.
    func close()
}

/// A range of an open file. Keeps the descriptor open for as long as it lives.
public struct StorageRegion: Sendable {
    public let descriptor: StorageDescriptor
    public let offset: Int64
    public let count: Int

    public init(descriptor: StorageDescriptor, offset: Int64, count: Int) {
        self.descriptor = descriptor
        self.offset = offset
        self.count = count
    }
}

/// An open file descriptor, closed when the last reference to it goes.
public final class StorageDescriptor: Sendable {
    public let number: Int32
    private let closing: @Sendable (Int32) -> Void

    public init(number: Int32, closing: @escaping @Sendable (Int32) -> Void) {
        self.number = number
        self.closing = closing
    }

    deinit { closing(number) }
}

/// A held lock file.
public protocol StorageLock: AnyObject, Sendable {
    /// Lets go of the lock. Also happens when the process ends.
    func release()
}

/// What `StorageBackend.list(_:)` tells of a file or directory.
public struct StorageEntry: Hashable, Sendable {
    public var name: String
    public var isDirectory: Bool
    /// In bytes; 0 for a directory.
    public var size: Int64
    /// When the content last changed, in milliseconds since 1970.
    public var modified: Int64

    public init(name: String, isDirectory: Bool, size: Int64, modified: Int64) {
        self.name = name
        self.isDirectory = isDirectory
        self.size = size
        self.modified = modified
    }
}

/// The room a backend has, in bytes.
public struct StorageSpace: Hashable, Sendable {
    public var total: Int64
    public var usable: Int64

    public init(total: Int64, usable: Int64) {
        self.total = total
        self.usable = usable
    }
}

/// Why a call on a storage backend failed.
public struct StorageError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// There is no such file.
        case notFound
        /// No room is left, or a quota is used up. Writing works again when there is room.
        case noSpace
        /// Another process holds the lock.
        case locked
        /// The process may not do this.
        case notPermitted
        /// No descriptors are left.
        case tooManyOpenFiles
        /// The device failed, or anything else: the directory's content can no longer be trusted to be writable.
        case failed
    }

    public var code: Code
    /// What was tried, on which path, and what the system answered.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
